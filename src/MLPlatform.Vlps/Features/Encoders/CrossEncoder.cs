using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features.Encoders;

internal sealed class CrossEncoder(FittedFeature.Cross feature) : CategoryEncoder(feature.Name)
{
    private readonly CategoryEncoder[] _parts = [.. feature.Parts.Select(ForCategory)];

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
}
