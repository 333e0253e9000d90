using System.Collections.Concurrent;
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

    /// <summary>The towers of a model that has them.</summary>
    public IReadOnlyList<Tower> Towers => network.Towers;

    public override void Score(ColumnBatch batch, Span<float> probabilities, Span<ulong> hashes)
    {
        Worker worker = Take();
        worker.Score(batch, probabilities, hashes);
        _idle.Add(worker);
    }

    /// <summary>The vectors of a tower for rows of a batch, which needs the columns of that tower alone.</summary>
    public void Embed(ColumnBatch batch, int first, Tower tower, Span<float> vectors)
    {
        Worker worker = Take();
        worker.Embed(batch, first, tower, vectors);
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

    private Worker Take() => _idle.TryTake(out Worker? idle) ? idle : new Worker(features, network, rows);

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
            SampleHash.Of(_block.Fields, hashes);
        }

        public void Embed(ColumnBatch batch, int first, Tower tower, Span<float> vectors)
        {
            _block.Clear();
            _encoder.Encode(batch, first, vectors.Length / tower.Output.Width, _block, tower.Fields);
            _scorer.Embed(_block, first: 0, tower, vectors);
        }

        public void Dispose() => _scorer.Dispose();
    }
}
