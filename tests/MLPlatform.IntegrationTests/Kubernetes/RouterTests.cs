using Microsoft.Extensions.Logging.Abstractions;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>Two clusters and the machine of the server, each behind its pools.</summary>
public sealed class RouterTests : IAsyncLifetime
{
    private readonly Sink _sink = new();
    private readonly Pools _pools = new();
    private ClusterHome _east = null!, _west = null!;
    private KubernetesExecutor _second = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (_east, _west) = (await ClusterHome.StartAsync(), await ClusterHome.StartAsync());
        _west.Settings.HostPath = _east.Folder;
        _second = new KubernetesExecutor("west", _west.Settings, _east.Options, TimeProvider.System, NullLogger.Instance, _east.Artifacts);
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _east.DisposeAsync();
        await _west.DisposeAsync();
    }

    [Fact]
    public async Task An_attempt_goes_where_its_pool_is_and_is_found_there_again_though_the_pool_moved_meanwhile()
    {
        _pools.File = new ResourcesFile { Pools = new Dictionary<string, PoolDeclaration> { ["gpus"] = new() { Executor = "west", Selector = new Dictionary<string, string> { ["gpu"] = "a100" } } } };
        AttemptOrder order = Order("echo up; while [ ! -e go ]; do sleep 0.05; done");
        await Router().StartAsync(order, Cancel);
        await _sink.StartOf(order.Id);
        _pools.File = new ResourcesFile { Pools = new Dictionary<string, PoolDeclaration> { ["gpus"] = new() { Executor = "east" } } };
        await Router().StartAsync(order, Cancel); // After a restart.
        await File.WriteAllTextAsync(_east.File(order, "scratch/go"), "", Cancel);
        await _sink.EndOf(order.Id);
        Assert.Single(_west.Cluster.ListPods());
        Assert.Empty(_east.Cluster.ListPods());
    }

    [Fact]
    public async Task What_finds_no_room_in_its_pool_goes_to_the_next_one()
    {
        _pools.File = new ResourcesFile
        {
            Pools = new Dictionary<string, PoolDeclaration> { ["gpus"] = new() { Executor = "east", Overflow = ["cloud"] }, ["cloud"] = new() { Executor = "west" } },
        };
        _east.Cluster.Server.Admission = (_, _) => "exceeded quota: full";
        AttemptOrder order = Order("echo there");
        await Router().StartAsync(order, Cancel);
        Assert.IsType<AttemptOutcome.Succeeded>((await _sink.EndOf(order.Id)).Outcome);
        Assert.Single(_west.Cluster.ListPods());
        Assert.Equal(1, _sink.Ends(order.Id));
        Assert.Equal((order.Id, "cloud"), Assert.Single(_sink.Moves));

        _west.Cluster.Server.Admission = (_, _) => "exceeded quota: full, too";
        AttemptOrder nowhere = Order("true");
        await Router().StartAsync(nowhere, Cancel);
        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await _sink.EndOf(nowhere.Id)).Outcome).Failure;
        Assert.Equal("KUBE-005", failure.Code);
        Assert.Contains("full, too", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_an_attempt_went_is_told_again_after_a_restart_that_forgot_it()
    {
        _pools.File = new ResourcesFile
        {
            Pools = new Dictionary<string, PoolDeclaration> { ["gpus"] = new() { Executor = "east", Overflow = ["cloud"] }, ["cloud"] = new() { Executor = "west" } },
        };
        _east.Cluster.Server.Admission = (_, _) => "exceeded quota: full";
        AttemptOrder order = Order("while [ ! -e go ]; do sleep .02; done");
        await Router().StartAsync(order, Cancel);
        await _sink.StartOf(order.Id);
        await Router().StartAsync(order, Cancel);
        Assert.Equal([(order.Id, "cloud"), (order.Id, "cloud")], _sink.Moves);
        // What was written down is not told once more.
        await Router().StartAsync(order with { Resources = order.Resources with { Pool = "cloud" } }, Cancel);
        Assert.Equal(2, _sink.Moves.Count);
        await File.WriteAllTextAsync(_east.File(order, "scratch/go"), "", Cancel);
        Assert.IsType<AttemptOutcome.Succeeded>((await _sink.EndOf(order.Id)).Outcome);
    }

    [Fact]
    public async Task What_failed_of_itself_goes_nowhere_else()
    {
        _pools.File = new ResourcesFile
        {
            Pools = new Dictionary<string, PoolDeclaration> { ["gpus"] = new() { Executor = "east", Overflow = ["cloud"] }, ["cloud"] = new() { Executor = "west" } },
        };
        AttemptOrder order = Order("exit 3");
        await Router().StartAsync(order, Cancel);
        Assert.Equal("EXEC-001", Assert.IsType<AttemptOutcome.Failed>((await _sink.EndOf(order.Id)).Outcome).Failure.Code);
        Assert.Empty(_west.Cluster.ListPods());
    }

    [Fact]
    public async Task A_pool_of_an_unknown_cluster_says_so()
    {
        _pools.File = new ResourcesFile { Pools = new Dictionary<string, PoolDeclaration> { ["gpus"] = new() { Executor = "north" } } };
        AttemptOrder order = Order("true");
        await Router().StartAsync(order, Cancel);
        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await _sink.EndOf(order.Id)).Outcome).Failure;
        Assert.Equal("KUBE-031", failure.Code);
        Assert.Contains("it knows east, process, west", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_of_a_group_that_is_not_declared_goes_to_the_queue_for_all_others()
    {
        _east.Settings.Admission = ClusterAdmission.Kueue;
        _pools.File = new ResourcesFile
        {
            Pools = new Dictionary<string, PoolDeclaration> { ["gpus"] = new() { Executor = "east" } },
            Groups = new Dictionary<string, GroupDeclaration> { ["ads"] = new() },
        };
        AttemptOrder declared = Order("true") with { Group = "ads" }, other = Order("true") with { Group = "nobody" };
        Assert.Equal(("ads", "ads"), await LabelsAsync(declared));
        Assert.Equal(("default", "nobody"), await LabelsAsync(other));

        async Task<(string?, string?)> LabelsAsync(AttemptOrder order)
        {
            await Router().StartAsync(order, Cancel);
            await ExecutorHome.Until(() => Job() is not null, "its Job was made");
            return ((string?)Job()!["metadata"]!["labels"]!["kueue.x-k8s.io/queue-name"], (string?)Job()!["metadata"]!["labels"]!["mlplatform.io/group"]);

            System.Text.Json.Nodes.JsonObject? Job() => _east.Cluster.Store.Find(FakeCluster.Jobs, FakeCluster.Namespace, "mlp-" + order.Id);
        }
    }

    private AttemptOrder Order(string script) => _east.Shell(script) with { Resources = new ResourceRequest(1000, 0, Pool: "gpus") };

    private ExecutorRouter Router()
    {
        ExecutorRouter router = new(
            new Dictionary<string, IExecutor> { [PoolDeclaration.Process] = new Nowhere(), ["east"] = _east.Executor, ["west"] = _second }, _pools, _east.Folder, NullLogger<ExecutorRouter>.Instance);
        router.Attach(_sink);
        return router;
    }

    private sealed class Pools : IPools
    {
        public ResourcesFile? File { get; set; }

        public ValueTask<ResourcesFile?> FileAsync(CancellationToken cancel) => ValueTask.FromResult(File);
    }

    private sealed class Nowhere : IExecutor
    {
        public void Attach(IAttemptSink sink) { }

        public Task StartAsync(AttemptOrder order, CancellationToken cancel) => throw new InvalidOperationException("nothing runs here");

        public Task StopAsync(AttemptId attempt, TimeSpan grace, CancellationToken cancel) => Task.CompletedTask;
    }
}
