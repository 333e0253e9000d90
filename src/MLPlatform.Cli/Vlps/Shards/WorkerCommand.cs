using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Bench.Vlps;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary><c>mlp vlps worker</c>: computes a part of every batch of a training over shards.</summary>
internal static class WorkerCommand
{
    private static readonly Option<string> Model = new("--model") { Description = "lr, fm or deepfm.", DefaultValueFactory = _ => "fm" };
    private static readonly Option<long> Generate = new("--generate") { Description = "Made-up clicks to learn from.", DefaultValueFactory = _ => 200_000 };
    private static readonly Option<int> Evaluate = new("--evaluate") { Description = "Further ones to judge the model by.", DefaultValueFactory = _ => 50_000 };
    private static readonly Option<int> Batch = new("--batch") { Description = "Samples of a step, of all workers together.", DefaultValueFactory = _ => 1536 };
    private static readonly Option<int> Staleness = new("--staleness") { Description = "Batches whose rows are asked for ahead; costs AUC.", DefaultValueFactory = _ => 0 };
    private static readonly Option<uint> Every = new("--checkpoint-every") { Description = "Steps between checkpoints.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<long> Seed = new("--seed") { Description = "Seeds samples, first weights and rounding.", DefaultValueFactory = _ => 1 };
    private static readonly Option<double> Patience = new("--patience") { Description = "Seconds without a step after which it gives up.", DefaultValueFactory = _ => 120 };
    private static readonly Option<string?> Checkpoints = new("--checkpoints") { Description = "Folder of checkpoints, the same for all. Default: $MLP_CHECKPOINT_DIR." };

    public static Command Create()
    {
        Model.AcceptOnlyFromAmong("lr", "fm", "deepfm");
        Command command = new("worker", "Compute a part of a training over shards: a role of train.distributed.")
        {
            Model, Generate, Evaluate, Batch, Staleness, Every, Seed, Patience, Checkpoints,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        ShardCluster cluster = ShardCluster.Read();
        string secret = ShardWire.Secret();
        int rank = ShardCluster.Number("RANK");
        ShardFolder folder = new(ShardCluster.Checkpoints(parsed.GetValue(Checkpoints)));
        ShardPlan plan = PlanOf(parsed, cluster.Shards.Count, ShardCluster.Number("WORLD_SIZE"));
        ClickData data = new((ulong)plan.Seed);
        long began = TimeProvider.System.GetTimestamp();
        uint first = 0;
        ShardProgress? last = null;
        ShardWorker worker = new(plan, rank, folder, (shard, _) => Task.FromResult<IShardLink>(new GrpcLink(cluster.Shards[shard], secret)), (block, from, rows) => Fill(data, block, from, rows))
        {
            Patience = TimeSpan.FromSeconds(parsed.GetValue(Patience)),
            Say = Console.Out.WriteLine,
            Progress = p =>
            {
                if (last is null)
                    (began, first) = (TimeProvider.System.GetTimestamp(), p.Step);
                last = p;
                if (p.Step % Math.Max(1, plan.Steps / 20) == 0 || p.Step == plan.Steps)
                    Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {p.Step} of {plan.Steps}, loss {p.Loss:0.0000}"));
            },
        };
        try
        {
            await worker.RunAsync(cancel);
            if (rank == 0)
                Tell(folder, plan, data, parsed.GetValue(Evaluate), last is null ? 0 : (double)(last.Step - first) * plan.Batch / TimeProvider.System.GetElapsedTime(began).TotalSeconds, last);
            return ExitCode.Done;
        }
        catch (VlpsException problem)
        {
            throw new CliException(problem.Problem == VlpsProblem.Shard ? "ML-018" : "ML-006", problem.Message, null, ExitCode.Failed);
        }
    }

    internal static ShardPlan PlanOf(ParseResult parsed, int shards, int workers) => new()
    {
        Model = new ModelDeclaration { Model = Enum.Parse<ModelName>(parsed.GetValue(Model)!, ignoreCase: true) },
        Columns = Columns,
        Samples = parsed.GetValue(Generate),
        Batch = parsed.GetValue(Batch),
        Staleness = parsed.GetValue(Staleness),
        CheckpointEvery = parsed.GetValue(Every),
        Seed = parsed.GetValue(Seed),
        Shards = shards,
        Workers = workers,
    };

    internal static SampleColumns Columns => new(
        [.. Enumerable.Range(1, ClickData.Categories).Select(i => new SampleField($"c{i}", false, false))],
        [.. Enumerable.Range(1, ClickData.Numbers).Select(i => $"n{i}")]);

    private static void Fill(ClickData data, FieldBlock block, long first, int rows)
    {
        block.Clear();
        data.Fill(block, rows, new float[rows], first);
    }

    // The state that was committed last says all: it is that of a worker that was replaced, too.
    private static void Tell(ShardFolder folder, ShardPlan plan, ClickData data, int rows, double rate, ShardProgress? last)
    {
        using SparseModel model = ShardModel.Merge(folder, new SparseOptions { Batch = plan.Batch });
        FieldBlock block = model.NewBlock();
        Fill(data, block, plan.Samples, rows);
        float[] scores = new float[rows];
        model.Score(block, 0, 0, scores);
        double? auc = Ranking.Auc(scores, [.. block.Labels(0).ToArray().Select(l => (byte)l)]);
        string outputs = JsonSerializer.Serialize(new
        {
            auc,
            rows = model.Rows,
            steps = plan.Steps,
            digest = model.Digest().ToString("x16", CultureInfo.InvariantCulture),
            samplesPerSecond = Math.Round(rate),
            bytesPerSample = last is null ? 0 : Math.Round((double)last.Bytes * plan.Workers / Math.Max(1, last.Samples)),
            staleness = plan.Staleness,
        });
        Console.Out.WriteLine(outputs);
        if (Environment.GetEnvironmentVariable("MLP_ATTEMPT_DIR") is { } attempt)
            File.WriteAllText(Path.Combine(attempt, "outputs.json"), outputs);
    }
}
