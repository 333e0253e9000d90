using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Models;

/// <summary>Scores raw rows. Safe from several threads at once.</summary>
internal abstract class RowScorer : IDisposable
{
    public abstract void Score(ColumnBatch batch, Span<float> probabilities, Span<ulong> hashes);

    public abstract void Dispose();
}

/// <summary>Turns rows into features, by a transformation for each thread that scores: one is bound to the batch it encodes.</summary>
internal sealed class RowEncoder(FeatureSpec features)
{
    private readonly ConcurrentBag<(FeatureTransform Transform, SampleBlock Block)> _idle = [];

    public void Encode<T>(ColumnBatch batch, T state, Action<SampleBlock, T> use)
        where T : allows ref struct
    {
        (FeatureTransform transform, SampleBlock block) = _idle.TryTake(out var idle) ? idle : (new FeatureTransform(features), new SampleBlock());
        block.Clear();
        transform.EncodeAll(batch, block);
        use(block, state);
        _idle.Add((transform, block));
    }

    public static void Hash(SampleBlock block, Span<ulong> hashes)
    {
        for (int row = 0; row < hashes.Length; row++)
        {
            int start = block.Start(row), count = block.End(row) - start;
            hashes[row] = FeatureHash.Combine(
                FeatureHash.Of(MemoryMarshal.AsBytes(block.Ids.Slice(start, count))), FeatureHash.Of(MemoryMarshal.AsBytes(block.Values.Slice(start, count))));
        }
    }
}
