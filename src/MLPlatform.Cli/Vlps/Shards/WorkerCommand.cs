using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary><c>mlp vlps worker</c>: computes a part of every batch of a training over shards.</summary>
internal static class WorkerCommand
{
    private static readonly Option<string?> Inputs = new("--inputs") { Description = "What to learn from: artifacts (samples, features or from, validation) and parameters. Default: $MLP_ATTEMPT_DIR/inputs.json." };
    private static readonly Option<string?> Out = new("--out") { Description = "Folder of the model. Default: in the attempt's scratch folder." };
    private static readonly Option<long?> Generate = new("--generate") { Description = "Learn from so many made-up clicks instead." };
    private static readonly Option<string> Model = new("--model") { Description = "With --generate: lr, fm or deepfm.", DefaultValueFactory = _ => "fm" };
    private static readonly Option<int> Evaluate = new("--evaluate") { Description = "With --generate: further ones to judge the model by.", DefaultValueFactory = _ => 50_000 };
    private static readonly Option<int?> Epochs = new("--epochs") { Description = "Passes over the samples. Default: 5; 1 with --generate and from a model." };
    private static readonly Option<int?> Batch = new("--batch") { Description = "Samples of a step, of all workers together. Default: 1536." };
    private static readonly Option<int?> Staleness = new("--staleness") { Description = "Batches whose rows are asked for ahead; costs AUC. Default: 0." };
    private static readonly Option<uint?> LagAfter = new("--lag-after") { Description = "Steps in which rows are not asked for ahead yet. Default: 100." };
    private static readonly Option<uint?> Every = new("--checkpoint-every") { Description = "Steps between checkpoints. Default: 1000." };
    private static readonly Option<long?> Seed = new("--seed") { Description = "Seeds samples, first weights and rounding. Default: 1." };
    private static readonly Option<double> Patience = new("--patience") { Description = "Seconds without a step after which it gives up.", DefaultValueFactory = _ => 120 };
    private static readonly Option<string?> Checkpoints = new("--checkpoints") { Description = "Folder of checkpoints, the same for all. Default: $MLP_CHECKPOINT_DIR." };

    public static Command Create()
    {
        Model.AcceptOnlyFromAmong("lr", "fm", "deepfm");
        Command command = new("worker", "Compute a part of a training over shards: a role of train.distributed.")
        {
            Inputs, Out, Generate, Model, Evaluate, Epochs, Batch, Staleness, LagAfter, Every, Seed, Patience, Checkpoints,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            try
            {
                await RunAsync(parsed, cancel);
                return ExitCode.Done;
            }
            catch (VlpsException problem)
            {
                throw new CliException(problem.Code, problem.Message, null, ExitCode.Failed);
            }
        });
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        ShardCluster cluster = ShardCluster.Read();
        string secret = ShardWire.Secret();
        int rank = ShardCluster.Number("RANK");
        ShardFolder folder = new(ShardCluster.Checkpoints(parsed.GetValue(Checkpoints)));
        (ShardData data, ShardParameters parameters) = Read(parsed);
        using ShardData disposed = data;
        ShardPlan plan = PlanOf(data, parameters, cluster.Shards.Count, ShardCluster.Number("WORLD_SIZE"));
        WorkerReport report = new(plan, rank == 0);
        foreach (string idle in rank == 0 ? parameters.Idle(data.Model) : [])
            Console.Out.WriteLine(idle);
        ShardWorker worker = new(plan, rank, folder, (shard, _) => Task.FromResult<IShardLink>(new GrpcLink(cluster.Shards[shard], secret)), data.Fill)
        {
            Patience = TimeSpan.FromSeconds(parsed.GetValue(Patience)),
            Say = Console.Out.WriteLine,
            Progress = report.Tell,
            From = data.From,
            Judge = data.Judge,
            Judged = WorkerReport.TellJudged,
        };
        await worker.RunAsync(cancel);
        if (rank == 0)
        {
            JsonObject outputs = data.Finish(folder);
            if (data is TableTraining && WorkerReport.Relative(OutFolder(parsed)) is { } model)
                outputs["model"] = new JsonObject { ["$file"] = model, ["kind"] = "model" };
            report.Finish(outputs, folder.Read()!.Step);
        }
    }

    // Made-up clicks, or what the activity was given; options win over its parameters.
    private static (ShardData, ShardParameters) Read(ParseResult parsed)
    {
        ShardParameters Options(ShardParameters given) => given with
        {
            Epochs = parsed.GetValue(Epochs) ?? given.Epochs,
            Batch = parsed.GetValue(Batch) ?? given.Batch,
            Staleness = parsed.GetValue(Staleness) ?? given.Staleness,
            LagAfter = parsed.GetValue(LagAfter) ?? given.LagAfter,
            CheckpointEvery = parsed.GetValue(Every) ?? given.CheckpointEvery,
            Seed = parsed.GetValue(Seed) ?? given.Seed,
        };
        if (parsed.GetValue(Generate) is { } rows)
        {
            ShardParameters made = Options(new ShardParameters { Epochs = 1 });
            ModelDeclaration model = new() { Model = Enum.Parse<ModelName>(parsed.GetValue(Model)!, ignoreCase: true) };
            return (new GeneratedClicks(model, rows, parsed.GetValue(Evaluate), made.Seed), made);
        }
        string inputs = parsed.GetValue(Inputs) ?? (WorkerReport.Attempt is { } attempt ? Path.Combine(attempt, "inputs.json")
            : throw CliException.Usage("CLI-001", "there is nothing to learn from", "give --inputs or --generate, or run under train.distributed"));
        TableTraining table = TableTraining.Read(inputs, Options, OutFolder(parsed));
        return (table, table.Parameters);
    }

    private static string OutFolder(ParseResult parsed) => parsed.GetValue(Out) ?? (WorkerReport.Attempt is { } attempt ? Path.Combine(attempt, "scratch", "model")
        : throw CliException.Usage("CLI-001", "there is no folder for the model", "give --out"));

    internal static ShardPlan PlanOf(ShardData data, ShardParameters parameters, int shards, int workers) => new()
    {
        Model = data.Model,
        Columns = data.Columns,
        Rows = data.Rows,
        Data = data.Identity,
        Before = data.From?.Steps ?? 0,
        Epochs = parameters.Epochs ?? (data.From is null ? 5 : 1),
        Batch = parameters.Batch,
        Staleness = parameters.Staleness,
        LagAfter = parameters.LagAfter,
        CheckpointEvery = parameters.CheckpointEvery,
        Patience = parameters.Patience,
        Seed = parameters.Seed,
        TableBytes = parameters.TableBytes ?? 1L << 40,
        WhenFull = parameters.WhenFull,
        Shards = shards,
        Workers = workers,
    };
}
