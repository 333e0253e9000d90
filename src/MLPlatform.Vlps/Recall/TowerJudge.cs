using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Recall;

/// <summary>
/// Judges two towers by a table: the right side of each row with label 1 is looked for among those of all rows, whatever their labels. Of more
/// right sides than <see cref="MostItems"/> the first count; of more rows than <see cref="MostPositives"/>, every second, fourth and so on.
/// </summary>
internal sealed class TowerJudge : IDisposable
{
    public const int MostItems = 200_000;
    public const int MostPositives = 10_000;

    private readonly Tower _left, _right;
    private readonly VectorCatalogue _items;
    private readonly Dictionary<ulong, int> _numbers = [];
    private List<(float[] Left, int Own)> _positives = [];
    private long _seen, _every = 1;

    private TowerJudge(Tower left, Tower right) => (_left, _right, _items) = (left, right, new VectorCatalogue(right.Output.Width));

    /// <param name="towers">The left tower and the right one.</param>
    /// <param name="scorer">Computes them.</param>
    /// <param name="read">A block of the model's.</param>
    /// <param name="source">The table.</param>
    /// <param name="temperature">What products are divided by.</param>
    /// <param name="threads">How many threads compare.</param>
    /// <exception cref="VlpsException">No row has label 1.</exception>
    public static RecallFigures Of(
        IReadOnlyList<Tower> towers, NetworkScorer scorer, FieldBlock read, FieldSamples source, double temperature, int threads, CancellationToken cancel)
    {
        using var judge = new TowerJudge(towers[0], towers[1]);
        foreach (FieldBlock block in source.Read(read))
        {
            cancel.ThrowIfCancellationRequested();
            judge.Gather(scorer, block);
        }
        if (judge._positives.Count == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the validation table has no rows with label 1; towers are judged by those");
        return judge.Figures((float)(1 / temperature), threads, cancel);
    }

    private void Gather(NetworkScorer scorer, FieldBlock block)
    {
        int width = _items.Width;
        float[] left = new float[block.Rows * width], right = new float[block.Rows * width];
        ulong[] hashes = new ulong[block.Rows];
        scorer.Embed(block, 0, _left, left);
        scorer.Embed(block, 0, _right, right);
        SampleHash.Of(_right.Fields.Select(f => block.Fields[f]), hashes);
        for (int row = 0; row < block.Rows; row++)
        {
            if (NumberOf(hashes[row], right.AsSpan(row * width, width)) is { } item && block.Labels(0)[row] > 0 && _seen++ % _every == 0)
                Keep(left[(row * width)..((row + 1) * width)], item);
        }
    }

    private int? NumberOf(ulong hash, ReadOnlySpan<float> right)
    {
        if (_numbers.TryGetValue(hash, out int known))
            return known;
        if (_items.Count == MostItems)
            return null;
        _numbers[hash] = _items.Count;
        _items.Add(right);
        return _items.Count - 1;
    }

    private void Keep(float[] left, int own)
    {
        _positives.Add((left, own));
        if (_positives.Count < MostPositives)
            return;
        _positives = [.. _positives.Where((_, i) => i % 2 == 0)];
        _every *= 2;
    }

    private RecallFigures Figures(float scale, int threads, CancellationToken cancel)
    {
        int count = _positives.Count;
        int[] places = new int[count];
        double[] losses = new double[count];
        Parallel.For(0, (count + VectorBlock.Rows - 1) / VectorBlock.Rows, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel },
            () => new OwnPlaces(_items, scale),
            (block, _, each) =>
            {
                int first = block * VectorBlock.Rows, rows = Math.Min(VectorBlock.Rows, count - first);
                (float[] Left, int Own)[] some = [.. _positives.Skip(first).Take(rows)];
                each.Find([.. some.SelectMany(p => p.Left)], [.. some.Select(p => p.Own)], places.AsSpan(first, rows), losses.AsSpan(first, rows));
                return each;
            },
            each => each.Dispose());
        return new RecallFigures(count, _items.Count, losses.Average(), Share(places, 10), Share(places, 100), places.Average(place => 1.0 / place));
    }

    private static double Share(int[] places, int among) => places.Count(place => place <= among) / (double)places.Length;

    public void Dispose() => _items.Dispose();
}
