using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;

namespace MLPlatform.Benchmarks.Executors;

/// <summary>Runs trivial attempts through the process executor, with no engine, and prints one JSON object.</summary>
internal sealed class ExecutorBench : IAttemptSink, IDisposable
{
    private static readonly JsonSerializerOptions Printed = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly ConcurrentDictionary<AttemptId, long> _asked = new();
    private readonly ConcurrentQueue<double> _readyToStarted = new();
    private readonly ConcurrentQueue<double> _readyToEnded = new();
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly TaskCompletionSource _all = new();
    private readonly SemaphoreSlim _slots;
    private readonly RunId _run = new(Guid.CreateVersion7());
    private readonly int _steps;
    private int _left;
    private int _failed;
    private int _reported;

    private ExecutorBench(int steps, int inFlight)
    {
        _steps = _left = steps;
        _slots = new SemaphoreSlim(inFlight);
    }

    public static async Task<int> RunAsync(string[] options)
    {
        int steps = int.Parse(Option("--steps", "1000"), CultureInfo.InvariantCulture);
        int inFlight = int.Parse(Option("--in-flight", "2"), CultureInfo.InvariantCulture);
        long memory = long.Parse(Option("--memory", "0"), CultureInfo.InvariantCulture);
        int activity = Array.IndexOf(options, "--activity");
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            await using var executor = new ProcessExecutor(
                Options.Create(new ProcessExecutorOptions { Home = home, SupervisorIdle = TimeSpan.FromSeconds(1) }), TimeProvider.System, NullLogger<ProcessExecutor>.Instance);
            using var bench = new ExecutorBench(steps, inFlight);
            executor.Attach(bench);
            Func<int, AttemptOrder> order = activity < 0
                ? node => bench.Order(node, memory, ["/bin/true"])
                : node => bench.Order(node, memory, null) with { Type = options[activity + 1], Inputs = JsonElement.Parse(options[activity + 2]) };
            await bench.MeasureAsync(executor, order, home);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
        return 0;

        string Option(string name, string otherwise) =>
            Array.IndexOf(options, name) is int i and >= 0 ? options[i + 1] : otherwise;
    }

    public void Dispose() => _slots.Dispose();

    public void Started(AttemptId attempt, string executionJson) =>
        _readyToStarted.Enqueue(_time.GetElapsedTime(_asked[attempt]).TotalMilliseconds);

    public void Reported(AttemptId attempt, int first, IReadOnlyList<MetricPoint> points) => Interlocked.Add(ref _reported, points.Count);

    public void Moved(AttemptId attempt, string pool) => throw new NotSupportedException("the bench has one pool");

    public void Ended(AttemptId attempt, AttemptOutcome outcome, AttemptFacts facts)
    {
        _readyToEnded.Enqueue(_time.GetElapsedTime(_asked[attempt]).TotalMilliseconds);
        if (outcome is AttemptOutcome.Failed failed && Interlocked.Increment(ref _failed) == 1)
            Console.Error.WriteLine(failed.Failure);
        _slots.Release();
        if (Interlocked.Decrement(ref _left) == 0)
            _all.SetResult();
    }

    private async Task MeasureAsync(ProcessExecutor executor, Func<int, AttemptOrder> order, string home)
    {
        long began = _time.GetTimestamp();
        for (int node = 0; node < _steps; node++)
        {
            await _slots.WaitAsync();
            AttemptOrder next = order(node);
            _asked[next.Id] = _time.GetTimestamp();
            await executor.StartAsync(next, CancellationToken.None);
        }
        await _all.Task;
        double seconds = _time.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                steps = _steps,
                failed = _failed,
                pointsReported = _reported,
                seconds = Math.Round(seconds, 3),
                stepsPerSecond = Math.Round(_steps / seconds),
                readyToStartedMs = Percentiles(_readyToStarted),
                readyToEndedMs = Percentiles(_readyToEnded),
                cpuMsPerStep = CpuPerStep(home),
                peakMemoryMiB = Environment.WorkingSet >> 20,
                cores = Environment.ProcessorCount,
            },
            Printed));
    }

    private AttemptOrder Order(int node, long memory, string[]? command) => new()
    {
        Id = new AttemptId(_run, node, 1),
        Pipeline = "bench",
        Activity = "step",
        Type = "train.script",
        Placement = command is null ? ActivityPlacement.Worker : ActivityPlacement.Script,
        LogicalDate = _time.GetUtcNow(),
        Inputs = JsonElement.Parse("{}"),
        Command = command is null ? null : new ScriptCommand(command, null, new Dictionary<string, string>()),
        Resources = new ResourceRequest(1000, memory),
    };

    // What a step costs whatever else the machine does: in us, in the supervisor, and in what it started.
    private object CpuPerStep(string home)
    {
        using JsonDocument card = JsonDocument.Parse(File.ReadAllText(Path.Combine(home, "supervisor.json")));
        string stat = File.ReadAllText($"/proc/{card.RootElement.GetProperty("pid").GetInt32()}/stat");
        double[] ticks = [.. stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[11..15].Select(t => double.Parse(t, CultureInfo.InvariantCulture))];
        return new
        {
            server = Math.Round(Environment.CpuUsage.TotalTime.TotalMilliseconds / _steps, 3),
            supervisor = Math.Round((ticks[0] + ticks[1]) * 10 / _steps, 3),
            children = Math.Round((ticks[2] + ticks[3]) * 10 / _steps, 3),
        };
    }

    private static object Percentiles(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new { first = Round(0), p50 = Round(0.5), p99 = Round(0.99), max = Round(1) };

        double Round(double q) => Math.Round(sorted[(int)Math.Min(sorted.Length - 1, q * sorted.Length)], 2);
    }
}
