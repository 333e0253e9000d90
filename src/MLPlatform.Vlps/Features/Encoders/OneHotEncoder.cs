using System.Text;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features.Encoders;

internal sealed class OneHotEncoder(FittedFeature.OneHot feature) : CategoryEncoder(feature.Name)
{
    private readonly HashSet<ulong> _known = [.. feature.Vocabulary.Select(v => FeatureHash.Of(Encoding.UTF8.GetBytes(v)))];
    private Column _column = new(feature.Column);

    public override void Bind(ColumnBatch batch) => _column = batch[feature.Column];

    public override ulong Token(int row) => Known(HashEncoder.TokenOf(_column, row));

    public override void Tokens(int first, Span<ulong> tokens)
    {
        HashEncoder.TokensOf(_column, first, tokens);
        foreach (ref ulong token in tokens)
            token = Known(token);
    }

    private ulong Known(ulong token) => token == FeatureHash.Missing || _known.Contains(token) ? token : FeatureHash.Unknown;
}
