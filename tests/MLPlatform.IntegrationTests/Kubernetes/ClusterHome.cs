using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.Executors.Process;
using MLPlatform.IntegrationTests.Executors;
using MLPlatform.Storage.Artifacts;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>A home, a cluster and an executor between them, for one test.</summary>
internal sealed class ClusterHome : IAsyncDisposable
{
    private readonly Guid _run = Guid.CreateVersion7();
    private readonly List<KubernetesExecutor> _executors = [];
    private int _node;

    private ClusterHome(FakeCluster cluster, Action<ClusterSettings>? configure)
    {
        Cluster = cluster;
        Folder = Directory.CreateTempSubdirectory("mlp-kube-").FullName;
        Options = new ProcessExecutorOptions { Home = Folder };
        Settings = new ClusterSettings
        {
            Kubeconfig = cluster.Server.Kubeconfig(Folder),
            Image = "registry.example/worker:1",
            HostPath = Folder,
            LookEvery = TimeSpan.FromMilliseconds(50),
            Qps = 1000,
            Burst = 1000,
            Grace = TimeSpan.FromSeconds(2),
        };
        configure?.Invoke(Settings);
        Artifacts = new LocalArtifactStore(Path.Combine(Folder, "artifacts"));
        (Executor, Sink) = NewServer();
    }

    public static async Task<ClusterHome> StartAsync(Action<ClusterSettings>? configure = null) => new(await FakeCluster.StartAsync(), configure);

    public FakeCluster Cluster { get; }
    public string Folder { get; }
    public ProcessExecutorOptions Options { get; }
    public ClusterSettings Settings { get; }
    public LocalArtifactStore Artifacts { get; }
    public KubernetesExecutor Executor { get; }
    public Sink Sink { get; }

    /// <summary>What the executors said.</summary>
    public SaidLog Said { get; } = new();

    /// <summary>Another executor on the same home, as a restarted server has.</summary>
    public (KubernetesExecutor Executor, Sink Sink) NewServer(IAttemptVariables? variables = null)
    {
        Sink sink = new();
        KubernetesExecutor executor = new("east", Settings, Options, TimeProvider.System, Said, Artifacts, variables);
        executor.Attach(sink);
        _executors.Add(executor);
        return (executor, sink);
    }

    public AttemptOrder Script(params string[] command) => Order(ActivityPlacement.Script) with { Command = new ScriptCommand(command, null, new Dictionary<string, string>()) };

    public AttemptOrder Shell(string script) => Script("sh", "-c", script);

    public AttemptOrder Activity(string type, object inputs) =>
        Order(ActivityPlacement.Worker) with { Type = type, Inputs = JsonSerializer.SerializeToElement(inputs, JsonSerializerOptions.Web) };

    public async Task<(AttemptOutcome Outcome, AttemptFacts Facts)> RunAsync(AttemptOrder order)
    {
        await Executor.StartAsync(order, TestContext.Current.CancellationToken);
        return await Sink.EndOf(order.Id);
    }

    public async Task<Failure> FailAsync(AttemptOrder order) => Assert.IsType<AttemptOutcome.Failed>((await RunAsync(order)).Outcome).Failure;

    public string File(AttemptOrder order, string name) => Path.Combine(Folder, "attempts", order.Id.ToString(), name);

    public string[] LogLines(AttemptOrder order) => System.IO.File.Exists(File(order, "log")) ? System.IO.File.ReadAllLines(File(order, "log")) : [];

    public async ValueTask DisposeAsync()
    {
        foreach (KubernetesExecutor executor in _executors)
            await executor.DisposeAsync();
        await Cluster.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        Assert.Empty(Cluster.Server.Refused); // Nothing that any test sends is against the schemas.
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
        Group = "reco",
        Owner = "ann@example.org",
    };
}
