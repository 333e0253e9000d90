using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features.Encoders;

internal sealed class CrossEncoder(FittedFeature.Cross feature) : CategoryEncoder(feature.Name)
{
    private readonly CategoryEncoder[] _parts = [.. feature.Parts.Select(ForCategory)];
    private ulong[] _others = [];

    public override void Bind(ColumnBatch batch)
    {
        foreach (CategoryEncoder part in _parts)
            part.Bind(batch);
    }

    public override ulong Token(int row)
    {
        ulong token = _parts[0].Token(row);
        for (int i = 1; i < _parts.Length; i++)
            token = FeatureHash.Combine(token, _parts[i].Token(row));
        return token;
    }

    public override void Tokens(int first, Span<ulong> tokens)
    {
        if (_others.Length < tokens.Length)
            _others = new ulong[tokens.Length];
        _parts[0].Tokens(first, tokens);
        for (int i = 1; i < _parts.Length; i++)
        {
            _parts[i].Tokens(first, _others.AsSpan(0, tokens.Length));
            VectorHash.Combine(tokens, _others);
        }
    }
}
