using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Features.Encoders;

internal sealed class NumberEncoder(FittedFeature.Number feature) : Encoder
{
    private readonly ulong _id = FeatureHash.Combine(FeatureHash.Seed(feature.Name), FeatureHash.Number);
    private readonly ulong _missing = FeatureHash.Combine(FeatureHash.Seed(feature.Name), FeatureHash.Missing);
    private Column _column = new(feature.Column);

    public override void Bind(ColumnBatch batch) => _column = batch[feature.Column];

    public override void Encode(int row, SampleBlock into)
    {
        if (!_column.TryNumber(row, out double value))
        {
            into.Add(_missing, 1f);
            return;
        }
        float scaled = (float)(((feature.Log ? SignedLog(value) : value) - feature.Mean) * feature.Scale);
        if (scaled != 0)
            into.Add(_id, scaled);
    }

    /// <summary>sign(x) · ln(1 + |x|).</summary>
    public static double SignedLog(double x) => x < 0 ? -Math.Log(1 - x) : Math.Log(1 + x);
}
