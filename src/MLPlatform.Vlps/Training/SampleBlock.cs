namespace MLPlatform.Vlps.Training;

/// <summary>Samples as sparse rows: for each its label, its weight and its features. Reused, so it allocates only while it grows.</summary>
public sealed class SampleBlock
{
    private int[] _ends = new int[1024];
    private ulong[] _ids = new ulong[8192];
    private float[] _values = new float[8192];
    private float[] _labels = new float[1024];
    private float[] _weights = new float[1024];

    public int Rows { get; private set; }

    /// <summary>Features of all rows, those of a row that has not ended included.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<ulong> Ids => _ids.AsSpan(0, Count);

    public ReadOnlySpan<float> Values => _values.AsSpan(0, Count);

    /// <summary>0 or 1.</summary>
    public ReadOnlySpan<float> Labels => _labels.AsSpan(0, Rows);

    public ReadOnlySpan<float> Weights => _weights.AsSpan(0, Rows);

    /// <summary>For each row the index behind its last feature.</summary>
    public ReadOnlySpan<int> Ends => _ends.AsSpan(0, Rows);

    public int Start(int row) => row == 0 ? 0 : _ends[row - 1];

    public int End(int row) => _ends[row];

    public void Clear()
    {
        Rows = 0;
        Count = 0;
    }

    /// <summary>Adds a feature to the row that is being written.</summary>
    public void Add(ulong id, float value)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count * 2);
            Array.Resize(ref _values, Count * 2);
        }
        _ids[Count] = id;
        _values[Count++] = value;
    }

    /// <summary>Ends the row that is being written.</summary>
    public void EndRow(float label, float weight)
    {
        if (Rows == _ends.Length)
        {
            Array.Resize(ref _ends, Rows * 2);
            Array.Resize(ref _labels, Rows * 2);
            Array.Resize(ref _weights, Rows * 2);
        }
        _ends[Rows] = Count;
        _labels[Rows] = label;
        _weights[Rows++] = weight;
    }
}
