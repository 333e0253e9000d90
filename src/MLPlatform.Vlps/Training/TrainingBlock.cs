using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

/// <summary>A block of samples ready to train on: in training order, with table rows in place of ids.</summary>
internal sealed class TrainingBlock
{
    public int Count { get; private set; }

    public int Features { get; private set; }

    public uint[] Rows { get; private set; } = [];

    public float[] Values { get; private set; } = [];

    public int[] Ends { get; private set; } = [];

    public float[] Labels { get; private set; } = [];

    public float[] Weights { get; private set; } = [];

    /// <summary>Receives each sample's probability as it was before the sample's own update.</summary>
    public float[] Scores { get; private set; } = [];

    public int Start(int sample) => sample == 0 ? 0 : Ends[sample - 1];

    /// <summary>Takes the samples of a block over, in the given order.</summary>
    public void Fill(SampleBlock from, ReadOnlySpan<int> order, WeightTable table)
    {
        Count = from.Rows;
        Features = from.Count;
        if (Rows.Length < Features)
            (Rows, Values) = (new uint[Features], new float[Features]);
        if (Ends.Length < Count)
            (Ends, Labels, Weights, Scores) = (new int[Count], new float[Count], new float[Count], new float[Count]);
        int at = 0;
        ReadOnlySpan<ulong> ids = from.Ids;
        for (int i = 0; i < Count; i++)
        {
            int row = order[i], start = from.Start(row), end = from.End(row);
            from.Values[start..end].CopyTo(Values.AsSpan(at));
            for (int f = start; f < end; f++)
                Rows[at++] = table.RowOf(ids[f]);
            Ends[i] = at;
            Labels[i] = from.Labels[row];
            Weights[i] = from.Weights[row];
        }
    }
}
