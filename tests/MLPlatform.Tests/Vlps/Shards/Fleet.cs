using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>Shards and workers in this process. Any of them can be lost at any message, and comes again without what it had in memory.</summary>
internal sealed class Fleet : IDisposable
{
    public static readonly SampleColumns Columns = new([new("user", false, false), new("item", false, false), new("seen", true, true)], ["age"]);

    private readonly string _path = Directory.CreateTempSubdirectory("shards").FullName;
    private readonly ShardPlan _plan;
    private readonly ShardNode[] _nodes;
    private readonly List<DirectLink>[] _links;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private int _messages;

    public Fleet(ShardPlan plan, string? path = null)
    {
        _plan = plan;
        if (path is not null)
            _path = path;
        Folder = new ShardFolder(_path);
        _nodes = [.. Enumerable.Range(0, plan.Shards).Select(NewNode)];
        _links = [.. Enumerable.Range(0, plan.Shards).Select(_ => new List<DirectLink>())];
    }

    public static ShardPlan Plan(ModelName name, int shards = 3, int workers = 2) => new()
    {
        Model = new ModelDeclaration
        {
            Model = name,
            Fields = new FieldDeclaration { Dim = 8, Rate = 0.2, FactorScale = 0.3 },
            Except = new Dictionary<string, FieldDeclaration> { ["seen"] = new() { Pooling = Pooling.Mean } },
            Layers = [8, 4],
        },
        Columns = Columns,
        Rows = 1500,
        Epochs = 2,
        Batch = 100,
        CheckpointEvery = 7,
        Deltas = 2,
        Staleness = 1,
        LagAfter = 3,
        Shards = shards,
        Workers = workers,
    };

    public ShardFolder Folder { get; }

    public string Path => _path;

    public int Messages => _messages;

    /// <summary>What is lost: at which message, and who: a shard by its number, a worker by its rank and the number of shards.</summary>
    public Dictionary<int, int> Losses { get; init; } = [];

    /// <summary>The model to go on from.</summary>
    public ShardOrigin? From { get; init; }

    /// <summary>What the workers learn from.</summary>
    public FillSamples Day { get; init; } = Fill;

    /// <summary>What rank 0 judges the model by after each pass.</summary>
    public Func<SparseModel, (double LogLoss, double? Auc)>? Judge { get; init; }

    public List<string> Log { get; } = [];

    /// <summary>The training, from where its folder stands to its end.</summary>
    public async Task RunAsync(uint stopAfter = uint.MaxValue)
    {
        await Task.WhenAll(Enumerable.Range(0, _plan.Workers).Select(rank => Task.Run(() => WorkAsync(rank, stopAfter))));
    }

    private async Task WorkAsync(int rank, uint stopAfter)
    {
        while (true)
        {
            var worker = new ShardWorker(_plan, rank, Folder, (shard, _) => Connect(rank, shard), Day)
            {
                Say = Say,
                Patience = TimeSpan.FromMinutes(1),
                From = rank == 0 ? From : null,
                Judge = Judge,
                Judged = pass => Say($"pass {pass.Epoch} judged"),
                Progress = p =>
                {
                    if (p.Step >= stopAfter)
                        _end.Cancel();
                },
            };
            try
            {
                await worker.RunAsync(_end.Token);
                return;
            }
            catch (WorkerLost)
            {
                Say($"worker {rank} is replaced");
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private Task<IShardLink> Connect(int rank, int shard)
    {
        lock (_gate)
        {
            var link = new DirectLink(_nodes[shard], $"shard {shard}");
            _links[shard].Add(link);
            return Task.FromResult<IShardLink>(new CountedLink(this, link, rank));
        }
    }

    // Called for each message that a worker sends or waits for.
    private void Count(int rank)
    {
        int at = Interlocked.Increment(ref _messages);
        if (!Losses.TryGetValue(at, out int who))
            return;
        if (who >= _plan.Shards)
        {
            // Whoever is at this message, if it is not the one that was meant: one worker is as good as another.
            throw new WorkerLost();
        }
        Say($"shard {who} is lost");
        DirectLink[] links;
        lock (_gate)
        {
            _nodes[who] = NewNode(who);
            links = [.. _links[who]];
            _links[who].Clear();
        }
        Array.ForEach(links, l => l.End());
    }

    private ShardNode NewNode(int shard) => new(Folder, shard, Say);

    private void Say(string line)
    {
        lock (_gate)
            Log.Add(line);
    }

    private static void Fill(FieldBlock block, SamplePart part) => Fill(block, (1_000_000 * (part.Epoch - 1)) + part.Begin + part.First, part.Rows);

    public static void Fill(FieldBlock block, long first, int rows)
    {
        for (long i = first; i < first + rows; i++)
        {
            // Generators with neighbouring seeds give neighbouring numbers, so seeds are spread.
            var random = new Random((int)((((ulong)i + 1) * 0x9E37_79B9_7F4A_7C15) >> 33));
            int user = random.Next(20), item = random.Next(20);
            block.Fields[0].Add(Samples.Id("user", user));
            block.Fields[1].Add(Samples.Id("item", item));
            for (int n = random.Next(4); n > 0; n--)
                block.Fields[2].Add(Samples.Id("seen", random.Next(50)), random.NextSingle() * 3);
            int row = block.EndRow(random.NextDouble() < (user % 2 == item % 2 ? 0.8 : 0.15) ? 1 : 0, 0.5f + random.NextSingle());
            block.Numbers[row] = random.NextSingle() - 0.5f;
        }
    }

    /// <summary>The scores of samples that were not learned from.</summary>
    public float[] Scores()
    {
        using SparseModel model = ShardModel.Merge(Folder);
        return Scores(model);
    }

    public static float[] Scores(SparseModel model)
    {
        FieldBlock block = model.NewBlock();
        Fill(block, 10_000_000, 2000);
        var scores = new float[block.Rows];
        model.Score(block, 0, 0, scores);
        return scores;
    }

    public static double Auc(float[] scores)
    {
        using var model = new SparseModel(Plan(ModelName.Lr).Model, Columns, new SparseOptions());
        FieldBlock block = model.NewBlock();
        Fill(block, 10_000_000, 2000);
        return MLPlatform.Vlps.Metrics.Ranking.Auc([.. scores], [.. block.Labels(0).ToArray().Select(l => (byte)l)])!.Value;
    }

    /// <summary>Of all rows and dense weights with their state.</summary>
    public ulong Digest()
    {
        using SparseModel model = ShardModel.Merge(Folder);
        return model.Digest();
    }

    public void Dispose()
    {
        foreach (ShardNode node in _nodes)
            node.Dispose();
        _end.Dispose();
        if (Directory.Exists(_path))
            Directory.Delete(_path, recursive: true);
    }

    private sealed class WorkerLost : Exception;

    private sealed class CountedLink(Fleet fleet, DirectLink link, int rank) : IShardLink
    {
        public ValueTask SendAsync(ShardMessage message, CancellationToken cancel)
        {
            fleet.Count(rank);
            return link.SendAsync(message, cancel);
        }

        public ValueTask<ShardMessage> ReceiveAsync(CancellationToken cancel)
        {
            fleet.Count(rank);
            return link.ReceiveAsync(cancel);
        }

        public ValueTask DisposeAsync() => link.DisposeAsync();
    }
}
