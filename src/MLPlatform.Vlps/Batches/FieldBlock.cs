using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Batches;

/// <summary>What the samples of a model look like.</summary>
/// <param name="Fields">For each field whether a sample has many ids, and whether ids have values.</param>
/// <param name="Numbers">Numbers of a sample.</param>
/// <param name="Tasks">Labels of a sample.</param>
public sealed record BlockShape(IReadOnlyList<(bool Many, bool Weighted)> Fields, int Numbers, int Tasks);

/// <summary>Samples by field: ids, numbers, labels and weights. Reused, so it allocates only while it grows.</summary>
public sealed class FieldBlock
{
    private const int LeastRoom = 64;

    private float[] _numbers = [];
    private float[] _weights = [];
    private readonly float[][] _labels;

    public FieldBlock(BlockShape shape)
    {
        Shape = shape;
        Fields = [.. shape.Fields.Select(f => new FieldColumn(f.Many, f.Weighted))];
        _labels = [.. Enumerable.Repeat(Array.Empty<float>(), shape.Tasks)];
    }

    public BlockShape Shape { get; }

    public int Rows { get; private set; }

    public IReadOnlyList<FieldColumn> Fields { get; }

    /// <summary>[rows × numbers], row after row; missing ones are 0.</summary>
    public Span<float> Numbers => _numbers.AsSpan(0, Rows * Shape.Numbers);

    /// <summary>0 or above.</summary>
    public Span<float> Weights => _weights.AsSpan(0, Rows);

    /// <summary>The labels of a task, 0 or 1.</summary>
    public Span<float> Labels(int task) => _labels[task].AsSpan(0, Rows);

    internal float[] NumberArray => _numbers;

    internal float[] WeightArray => _weights;

    internal float[] LabelArray(int task) => _labels[task];

    public void Clear()
    {
        Rows = 0;
        foreach (FieldColumn field in Fields)
            field.Clear();
    }

    /// <summary>Sets how many samples the block holds, with room for their numbers, labels and weights.</summary>
    public void SetRows(int rows)
    {
        int room = Math.Max(LeastRoom, rows); // The same for all arrays: how long one is tells of the others.
        Grow(ref _numbers, room * Shape.Numbers);
        Grow(ref _weights, room);
        for (int task = 0; task < _labels.Length; task++)
            Grow(ref _labels[task], room);
        Rows = rows;
    }

    /// <summary>Ends the sample whose ids were just added; its numbers are 0 until they are set.</summary>
    public int EndRow(float label, float weight)
    {
        if (Rows == _weights.Length)
        {
            int rows = Rows;
            SetRows(Math.Max(1024, rows * 2));
            Rows = rows;
        }
        int row = Rows++;
        foreach (FieldColumn field in Fields)
        {
            if (field.Many)
                field.EndRow(row);
        }
        _numbers.AsSpan(row * Shape.Numbers, Shape.Numbers).Clear();
        _weights[row] = weight;
        foreach (float[] labels in _labels)
            labels[row] = label;
        return row;
    }

    /// <summary>Adds samples, whose ids are for the caller to add; they weigh 1 and have numbers and labels of 0 until those are set.</summary>
    /// <returns>The first of them.</returns>
    internal int AddRows(int rows)
    {
        int first = Rows, now = rows + Rows;
        if (now > _weights.Length)
            SetRows(Math.Max(now, first * 2));
        Rows = now;
        _weights.AsSpan(first, rows).Fill(1);
        _numbers.AsSpan(first * Shape.Numbers, rows * Shape.Numbers).Clear();
        foreach (float[] labels in _labels)
            labels.AsSpan(first, rows).Clear();
        return first;
    }

    /// <summary>Forgets the samples from this one on.</summary>
    internal void Truncate(int row)
    {
        foreach (FieldColumn field in Fields)
            field.Truncate(row);
        Rows = row;
    }

    /// <summary>Takes the samples of another block over, in the given order.</summary>
    public void Take(FieldBlock from, ReadOnlySpan<int> order)
    {
        BeginTake(order.Length);
        for (int part = 0; part <= Fields.Count; part++)
            TakePart(from, order, part);
    }

    /// <summary>Makes room for samples that <see cref="TakePart"/> takes over.</summary>
    internal void BeginTake(int rows)
    {
        Clear();
        SetRows(rows);
    }

    /// <summary>Takes one field of another block's samples over, in the given order; after the last field comes all else. Parts may be taken at once.</summary>
    internal void TakePart(FieldBlock from, ReadOnlySpan<int> order, int part)
    {
        if (part < Fields.Count)
        {
            Take(Fields[part], from.Fields[part], order);
            return;
        }
        int numbers = Shape.Numbers;
        for (int i = 0; i < order.Length; i++)
        {
            int row = order[i];
            _weights[i] = from._weights[row];
            from._numbers.AsSpan(row * numbers, numbers).CopyTo(_numbers.AsSpan(i * numbers));
            for (int task = 0; task < _labels.Length; task++)
                _labels[task][i] = from._labels[task][row];
        }
    }

    /// <summary>Adds some samples of another block of the same shape.</summary>
    public void Append(FieldBlock from, int first, int rows)
    {
        for (int f = 0; f < Fields.Count; f++)
            Fields[f].Append(from.Fields[f], first, rows, Rows);
        int at = AddRows(rows), numbers = Shape.Numbers;
        from._weights.AsSpan(first, rows).CopyTo(_weights.AsSpan(at));
        from._numbers.AsSpan(first * numbers, rows * numbers).CopyTo(_numbers.AsSpan(at * numbers));
        for (int task = 0; task < _labels.Length; task++)
            from._labels[task].AsSpan(first, rows).CopyTo(_labels[task].AsSpan(at));
    }

    internal void Write(BinaryWriter to)
    {
        to.Write(Rows);
        to.Write(MemoryMarshal.AsBytes(Numbers));
        to.Write(MemoryMarshal.AsBytes(Weights));
        for (int task = 0; task < _labels.Length; task++)
            to.Write(MemoryMarshal.AsBytes(Labels(task)));
        foreach (FieldColumn field in Fields)
            field.Write(to, Rows);
    }

    internal void Read(BinaryReader from)
    {
        Clear();
        SetRows(from.ReadInt32());
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Numbers));
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Weights));
        for (int task = 0; task < _labels.Length; task++)
            from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Labels(task)));
        foreach (FieldColumn field in Fields)
            field.Read(from, Rows);
    }

    private static void Take(FieldColumn into, FieldColumn from, ReadOnlySpan<int> order)
    {
        if (into.Many || into.Weighted)
        {
            into.Reserve(order.Length, from.Count);
            for (int i = 0; i < order.Length; i++)
                into.Append(from, order[i], 1, i);
            return;
        }
        Span<ulong> ids = into.Fill(order.Length);
        ReadOnlySpan<ulong> source = from.Ids;
        for (int i = 0; i < ids.Length && i < order.Length; i++)
            ids[i] = source[order[i]];
    }

    private static void Grow(ref float[] array, int length)
    {
        if (array.Length >= length)
            return;
        float[] grown = GC.AllocateUninitializedArray<float>(length, pinned: true);
        array.AsSpan().CopyTo(grown);
        array = grown;
    }
}
