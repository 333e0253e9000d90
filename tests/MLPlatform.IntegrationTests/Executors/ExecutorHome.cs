using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Storage.Artifacts;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>A home of its own for one test, with an executor on it. Its supervisor ends with it.</summary>
internal sealed class ExecutorHome : IAsyncDisposable
{
    private readonly Guid _run = Guid.CreateVersion7();
    private int _node;

    public ExecutorHome(Action<ProcessExecutorOptions>? configure = null, string? folder = null)
    {
        Folder = folder ?? Directory.CreateTempSubdirectory("mlp-exec-").FullName;
        Options = new ProcessExecutorOptions { Home = Folder, SupervisorIdle = TimeSpan.FromSeconds(1) };
        configure?.Invoke(Options);
        Artifacts = new LocalArtifactStore(Path.Combine(Folder, "artifacts"));
        (Executor, Sink) = NewServer();
    }

    public string Folder { get; }
    public ProcessExecutorOptions Options { get; }
    public LocalArtifactStore Artifacts { get; }
    public ProcessExecutor Executor { get; private set; }
    public Sink Sink { get; private set; }

    /// <summary>Another executor on the same home, as a restarted server has.</summary>
    public (ProcessExecutor Executor, Sink Sink) NewServer()
    {
        var sink = new Sink();
        var executor = new ProcessExecutor(Microsoft.Extensions.Options.Options.Create(Options), TimeProvider.System, NullLogger<ProcessExecutor>.Instance, Artifacts);
        executor.Attach(sink);
        return (executor, sink);
    }

    public AttemptOrder Script(params string[] command) => Order(ActivityPlacement.Script) with
    {
        Command = new ScriptCommand(command, null, new Dictionary<string, string>()),
    };

    public AttemptOrder Shell(string script) => Script("sh", "-c", script);

    public AttemptOrder Activity(string type, object inputs) => Order(ActivityPlacement.Worker) with
    {
        Type = type,
        Inputs = JsonSerializer.SerializeToElement(inputs, JsonSerializerOptions.Web),
    };

    /// <summary>Starts it and waits for its end.</summary>
    public async Task<(AttemptOutcome Outcome, AttemptFacts Facts)> RunAsync(AttemptOrder order)
    {
        await Executor.StartAsync(order, TestContext.Current.CancellationToken);
        return await Sink.EndOf(order.Id);
    }

    public string File(AttemptOrder order, string name) => Path.Combine(Folder, "attempts", order.Id.ToString(), name);

    public AttemptLog Log(AttemptOrder order) => AttemptLog.Of(Folder, order.Id);

    public int SupervisorPid()
    {
        using JsonDocument json = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(Folder, "supervisor.json")));
        return json.RootElement.GetProperty("pid").GetInt32();
    }

    /// <summary>Waits until a condition holds.</summary>
    public static Task Until(Func<bool> condition, string what) => Eventually.IsSoAsync(condition, what);

    public async ValueTask DisposeAsync()
    {
        await Executor.DisposeAsync(); // Safe to repeat.
        // Left alone they would end by themselves, but later. Of several started at once one waits to take over from the other, so all go.
        await Until(() =>
        {
            ProcStat[] supervisors = [.. ProcStat.ReadAll().Where(p => !p.IsZombie && p.CommandLine() is { } line && line.Contains($"supervise --home {Folder} ", StringComparison.Ordinal))];
            foreach (ProcStat supervisor in supervisors)
                _ = Libc.Kill(supervisor.Pid, Libc.SigKill);
            return supervisors.Length == 0;
        }, "all supervisors ended");
        Directory.Delete(Folder, recursive: true);
    }

    private AttemptOrder Order(ActivityPlacement placement) => new()
    {
        Id = new AttemptId(new RunId(_run), Interlocked.Increment(ref _node), 1),
        Pipeline = "test",
        Activity = string.Create(CultureInfo.InvariantCulture, $"step{_node}"),
        Type = "train.script",
        Placement = placement,
        LogicalDate = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero),
        Inputs = JsonElement.Parse("{}"),
        Resources = new ResourceRequest(1000, 0),
    };
}
