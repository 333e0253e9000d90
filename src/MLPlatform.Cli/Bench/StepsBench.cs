using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Storage;

namespace MLPlatform.Cli.Bench;

/// <summary>What <c>mlp bench steps</c> measured; medians of the repeats.</summary>
internal sealed record StepsBenchFigures
{
    /// <summary>Steps of the fan: all ready at once, as many running as there are cores.</summary>
    public required int Steps { get; init; }
    public required int Repeats { get; init; }

    /// <summary>From asking for the run until its end is durable.</summary>
    public required double Seconds { get; init; }

    /// <summary>Steps of the chain: each ready when the one before has ended.</summary>
    public required int ChainSteps { get; init; }

    /// <summary>From ready until the end is recorded: start, run and end of one process; an upper bound of ready-to-started.</summary>
    public required double ReadyToEndedMsMedian { get; init; }
    public required double ReadyToEndedMsP99 { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>Runs <c>/bin/true</c> through the engine, the supervisor and a durable SQLite.</summary>
internal static class StepsBench
{
    private const int ChainSteps = 300;
    private static readonly JsonElement Inputs = JsonElement.Parse("""{"command":["/bin/true"]}""");
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    public static async Task<StepsBenchFigures> MeasureAsync(int steps, int repeats, CancellationToken cancel)
    {
        string home = Path.Combine(Path.GetTempPath(), $"mlp-bench-{Guid.NewGuid():N}"[..20]);
        Directory.CreateDirectory(home);
        try
        {
            await using ServiceProvider services = BenchHost.Compose(home, StorageProvider.Sqlite, null, processes: true);
            await services.GetRequiredService<PlatformStorage>().OpenAsync(cancel);
            EngineLoop engine = services.GetRequiredService<EngineLoop>();
            await engine.StartAsync(cancel);
            await BenchHost.RunAsync(services, Plan("bench-warm-up", 50, chain: false), 1, cancel);
            List<double> seconds = [];
            for (int i = 0; i < repeats; i++)
                seconds.Add(await BenchHost.RunAsync(services, Plan("bench-fan", steps, chain: false), 1, cancel));
            await BenchHost.RunAsync(services, Plan("bench-chain", ChainSteps, chain: true), 1, cancel);
            double[] latencies = await LatenciesAsync(services.GetRequiredService<IRunStore>(), cancel);
            await engine.StopAsync(cancel);
            return new StepsBenchFigures
            {
                Steps = steps,
                Repeats = repeats,
                Seconds = Math.Round(seconds.Order().ElementAt(repeats / 2), 3),
                ChainSteps = ChainSteps,
                ReadyToEndedMsMedian = Math.Round(latencies[latencies.Length / 2], 3),
                ReadyToEndedMsP99 = Math.Round(latencies[latencies.Length * 99 / 100], 3),
                Machine = BenchMachine.This(),
            };
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<double[]> LatenciesAsync(IRunStore store, CancellationToken cancel)
    {
        Page<RunRow> runs = await store.ListRunsAsync(new RunFilter("bench-chain"), null, 1, cancel);
        IReadOnlyList<ActivityRow> activities = await store.ListActivitiesAsync(runs.Items[0].Id, cancel);
        return [.. activities.Select(a => (a.EndedAt!.Value - a.ReadyAt!.Value).TotalMilliseconds).Order()];
    }

    private static RunPlan Plan(string name, int steps, bool chain) => new()
    {
        Pipeline = name,
        PipelineHash = string.Create(CultureInfo.InvariantCulture, $"{name}:{steps}"),
        Parameters = Empty,
        Basic = Empty,
        Alarms = Empty,
        Outputs = Empty,
        Nodes = [.. Enumerable.Range(0, steps).Select(i => new PlannedNode
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"step{i}"),
            Type = "train.script",
            Version = 1,
            Placement = ActivityPlacement.Script,
            Cacheable = false,
            DependsOn = chain && i > 0 ? [i - 1] : [],
            Inputs = Inputs,
            Resources = new ResourceRequest(1000, 0),
            Retry = new RetryPolicy(),
        })],
    };
}
