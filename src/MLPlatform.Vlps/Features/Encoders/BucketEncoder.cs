using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Features.Encoders;

internal sealed class BucketEncoder(FittedFeature.Bucketed feature) : CategoryEncoder(feature.Name)
{
    private readonly double[] _boundaries = [.. feature.Boundaries];
    private Column _column = new(feature.Column);

    public override void Bind(ColumnBatch batch) => _column = batch[feature.Column];

    public override ulong Token(int row) =>
        _column.TryNumber(row, out double value) ? (ulong)BucketOf(_boundaries, value) : FeatureHash.Missing;

    /// <summary>How many boundaries are at or below the value.</summary>
    public static int BucketOf(ReadOnlySpan<double> boundaries, double value)
    {
        int low = 0, high = boundaries.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (boundaries[middle] <= value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
