using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Models;

/// <summary>A declared model behind the fitted features: dense weights in memory, rows looked up in their files. Ids without a row count as nothing.</summary>
internal sealed class DeclaredScorer(FeatureSpec features, Network network, IReadOnlyList<KeyedRows> rows) : RowScorer
{
    private readonly ConcurrentBag<Worker> _idle = [];

    /// <summary>The rows, in the order of the tables.</summary>
    public IReadOnlyList<KeyedRows> Rows => rows;

    public override void Score(ColumnBatch batch, Span<float> probabilities, Span<ulong> hashes)
    {
        Worker worker = _idle.TryTake(out Worker? idle) ? idle : new Worker(features, network, rows);
        worker.Score(batch, probabilities, hashes);
        _idle.Add(worker);
    }

    public override void Dispose()
    {
        foreach (Worker worker in _idle)
            worker.Dispose();
        foreach (KeyedRows file in rows)
            file.Dispose();
        network.Dispose();
    }

    /// <summary>What one thread scores with.</summary>
    private sealed class Worker(FeatureSpec features, Network network, IReadOnlyList<KeyedRows> rows) : IDisposable
    {
        private readonly FieldEncoder _encoder = new(features);
        private readonly FieldBlock _block = new(network.BlockShape([.. FieldEncoder.FieldsOf(features).Fields.Select(f => f.Weighted)]));
        private readonly NetworkScorer _scorer = new(network, rows, corrected: true);

        public void Score(ColumnBatch batch, Span<float> probabilities, Span<ulong> hashes)
        {
            _block.Clear();
            _encoder.Bind(batch);
            _encoder.Encode(0, batch.Rows, _block);
            _scorer.Score(_block, first: 0, task: 0, probabilities[..batch.Rows]);
            Hash(hashes);
        }

        private void Hash(Span<ulong> hashes)
        {
            hashes.Clear();
            foreach (FieldColumn field in _block.Fields)
            {
                if (!field.Many && !field.Weighted)
                {
                    VectorHash.CombineIds(hashes, field.Ids);
                    continue;
                }
                for (int row = 0; row < hashes.Length; row++)
                {
                    Range ids = field.Start(row)..field.Start(row + 1);
                    hashes[row] = FeatureHash.Combine(hashes[row], FeatureHash.Of(MemoryMarshal.AsBytes(field.Ids[ids])));
                    if (field.Weighted)
                        hashes[row] = FeatureHash.Combine(hashes[row], FeatureHash.Of(MemoryMarshal.AsBytes(field.Values[ids])));
                }
            }
        }

        public void Dispose() => _scorer.Dispose();
    }
}
