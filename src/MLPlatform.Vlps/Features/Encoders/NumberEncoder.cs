using MLPlatform.Vlps.Batches;
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
        if (Read(row, out ulong id, out float value))
            into.Add(id, value);
    }

    public override void Encode(int first, int rows, FieldColumn into, int sample)
    {
        for (int row = first; row < first + rows; row++)
        {
            if (Read(row, out ulong id, out float value))
                into.Add(id, value);
            into.EndRow(sample++);
        }
    }

    // A number of 0 is none.
    private bool Read(int row, out ulong id, out float value)
    {
        (id, value) = (_missing, 1f);
        if (!_column.TryNumber(row, out double number))
            return true;
        (id, value) = (_id, (float)(((feature.Log ? SignedLog(number) : number) - feature.Mean) * feature.Scale));
        return value != 0;
    }

    /// <summary>sign(x) · ln(1 + |x|).</summary>
    public static double SignedLog(double x) => x < 0 ? -Math.Log(1 - x) : Math.Log(1 + x);
}
