using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Networks;

/// <summary>How a sparse model is trained.</summary>
public sealed record SparseOptions
{
    /// <summary>Samples whose gradients are taken together. Default: 1536.</summary>
    public int Batch { get; init; } = 1536;

    /// <summary>Threads that train. Default: 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Whether the same seed gives the same bytes on any number of threads up to 8; without, on the same number. Costs a
    /// little, for 8 sums of the dense gradients. Default: false.
    /// </summary>
    public bool AnyThreads { get; init; }

    /// <summary>Seeds first weights and rounding. Default: 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Memory of all tables of rows. Default: no limit but the machine's.</summary>
    public long TableBytes { get; init; } = 1L << 40;

    /// <summary>What they do when it is used up. Default: refuse.</summary>
    public WhenFull WhenFull { get; init; }

    /// <summary>Where those that spill have their files, which are deleted with the model. Default: where temporary files go.</summary>
    public string? SpillFolder { get; init; }
}

/// <summary>A sparse model with its weights: to be trained on blocks of samples, and to score them.</summary>
public sealed class SparseModel : IDisposable
{
    /// <summary>Samples of a chunk that a thread computes at once, at most: what its caches hold.</summary>
    internal const int ChunkRows = 192;

    private const int Lanes = 8;

    private readonly Network _network;
    private readonly NetworkTrainer _trainer;
    private readonly NetworkScorer _scorer;
    private readonly SampleColumns _columns;

    /// <param name="declaration">What it is made of.</param>
    /// <param name="columns">What the samples have.</param>
    /// <param name="options">How it is trained.</param>
    public SparseModel(ModelDeclaration declaration, SampleColumns columns, SparseOptions options)
        : this(declaration, columns, options, Simd.Chosen)
    {
    }

    internal SparseModel(ModelDeclaration declaration, SampleColumns columns, SparseOptions options, SimdLevel level)
    {
        _columns = columns;
        int lanes = options.AnyThreads ? Lanes : options.Threads;
        int chunks = (options.Batch + (ChunkRows * lanes) - 1) / (ChunkRows * lanes) * lanes;
        int stride = Panels.RoundUp((options.Batch + chunks - 1) / chunks, Panels.TileRows);
        var setup = new NetworkSetup(lanes, (ulong)options.Seed, options.TableBytes, options.WhenFull) { SpillFolder = options.SpillFolder };
        _network = NetworkAssembly.Build(declaration, columns, setup, level, stride);
        RequireRoomForBatches(options);
        _trainer = new NetworkTrainer(_network, options.Batch, lanes, options.Threads, (float)declaration.DenseRate);
        _scorer = new NetworkScorer(_network, files: null, corrected: true);
    }

    internal Network Network => _network;

    /// <summary>Rows of all tables.</summary>
    public long Rows => _network.Tables.Sum(t => t.Count);

    /// <summary>Memory of rows and index in use.</summary>
    public long Bytes => _network.Tables.Sum(t => t.Bytes);

    /// <summary>Bytes of the largest row.</summary>
    public int RowBytes => _network.Fields.Max(f => f.Layout.Bytes);

    /// <summary>
    /// Operations of all matrix products for one sample, forward and back: two for each weight, three times. Those of numbers
    /// are counted on the way back, too, though nothing needs them.
    /// </summary>
    public long ProductFlops => 6 * _network.Parts.Sum(p => p.Weights);

    public int Tasks => _network.Tasks.Count;

    /// <summary>Steps taken so far.</summary>
    internal uint Steps
    {
        get => _trainer.Steps;
        set => _trainer.Steps = value;
    }

    /// <summary>A block that samples of this model go into.</summary>
    public FieldBlock NewBlock() => new(_network.BlockShape([.. _columns.Fields.Select(f => f.Weighted)]));

    /// <summary>Trains on all samples of a block, in their order.</summary>
    /// <param name="scores">Of each task, receives every sample's chance as it was before the sample was learned from.</param>
    public void Train(FieldBlock block, float[][] scores) => _trainer.Train(block, scores);

    /// <summary>The chance of a task for samples of a block, from <paramref name="first"/> on.</summary>
    public void Score(FieldBlock block, int first, int task, Span<float> scores) => _scorer.Score(block, first, task, scores);

    /// <summary>A checksum of all rows and dense weights with their state: equal models have equal ones.</summary>
    public unsafe ulong Digest()
    {
        ulong sum = 0;
        foreach (EmbeddingTable table in _network.Tables)
            sum += table.Digest();
        DenseParameters dense = _network.Parameters;
        sum += System.IO.Hashing.XxHash3.HashToUInt64(new ReadOnlySpan<byte>(dense.Values, dense.Length * sizeof(float)));
        return sum + System.IO.Hashing.XxHash3.HashToUInt64(new ReadOnlySpan<byte>(dense.Squares, dense.Length * sizeof(float)), 1);
    }

    // A batch and the next hold their rows at the same time; twice that leaves room for what is used often.
    private void RequireRoomForBatches(SparseOptions options)
    {
        for (int table = 0; table < _network.Tables.Count; table++)
        {
            long least = 4L * options.Batch * _network.TableOf.Count(t => t == table);
            if (_network.Tables[table].Options.Spill is not { } spill || spill.HotRows >= least)
                continue;
            int rowBytes = _network.Tables[table].Layout.Bytes;
            _network.Dispose();
            throw new VlpsException(VlpsProblem.Option,
                $"tables that spill need memory for the rows of four batches, {2 * least * rowBytes >> 10:N0} KiB with their index, and have {2 * spill.HotRows * rowBytes >> 10:N0}; give them more, or take a smaller batch");
        }
    }

    public void Dispose()
    {
        _scorer.Dispose();
        _trainer.Dispose();
        _network.Dispose();
    }
}
