using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>The platform as the scheduler of its pods.</summary>
public sealed class BindTests
{
    private static readonly KubeResource Nodes = KubeResource.Find("", "v1", "nodes")!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pods_are_bound_to_nodes_that_have_room_and_wait_where_none_has()
    {
        await using ClusterHome home = await StartAsync();
        AddNode(home, "small", cpu: 1, gpus: 0);
        AddNode(home, "tainted", cpu: 64, gpus: 8, taint: "team");
        AddNode(home, "asleep", cpu: 64, gpus: 8, ready: false);
        AddNode(home, "large", cpu: 4, gpus: 2);
        AttemptOrder first = home.Shell("echo up; while [ ! -e go ]; do sleep 0.05; done") with { Resources = new ResourceRequest(2000, 0, 2000) }, second = home.Shell("echo up") with { Resources = new ResourceRequest(500, 0, 1000) };
        await home.Executor.StartAsync(first, Cancel);
        await home.Sink.StartOf(first.Id);
        Assert.Equal("large", NodeOf(home, first));
        await home.Executor.StartAsync(second, Cancel);
        await ExecutorHome.Until(() => home.Cluster.ListPods().Count == 2, "the second was made");
        await UntilLookedAsync(home);
        Assert.Null(NodeOf(home, second)); // Both devices are taken.
        await File.WriteAllTextAsync(home.File(first, "scratch/go"), "", Cancel);
        Assert.IsType<AttemptOutcome.Succeeded>((await home.Sink.EndOf(second.Id)).Outcome);
        Assert.Equal("large", NodeOf(home, second));
    }

    [Fact]
    public async Task A_gang_goes_whole_or_waits_whole()
    {
        await using ClusterHome home = await StartAsync();
        AddNode(home, "a", cpu: 8, gpus: 1);
        AttemptOrder order = home.Script() with
        {
            Type = "train.distributed",
            Inputs = System.Text.Json.JsonElement.Parse("""{ "roles": { "worker": { "count": 2, "gpu": 1 } }, "command": ["sh", "-c", "echo rank $RANK"] }"""),
            Command = new Core.Activities.ScriptCommand([], null, new Dictionary<string, string>(), Roles: true),
            Resources = new ResourceRequest(2000, 0, 2000),
        };
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.Cluster.ListPods().Count == 2, "its pods were made");
        await UntilLookedAsync(home);
        Assert.All(home.Cluster.ListPods(), p => Assert.Null(p["spec"]!["nodeName"]));
        AddNode(home, "b", cpu: 8, gpus: 1);
        Assert.IsType<AttemptOutcome.Succeeded>((await home.Sink.EndOf(order.Id)).Outcome);
        Assert.Equal(["a", "b"], home.Cluster.ListPods().Select(p => (string?)p["spec"]!["nodeName"]).Order());
    }

    [Fact]
    public async Task A_binding_that_was_refused_is_made_by_the_next_look()
    {
        await using ClusterHome home = await StartAsync();
        AddNode(home, "a", cpu: 8, gpus: 0);
        home.Cluster.Server.Faults.Answer(r => r.Path.Value!.EndsWith("/binding", StringComparison.Ordinal), 409, times: 2);
        Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(home.Shell("true"))).Outcome);
    }

    private static Task<ClusterHome> StartAsync() => ClusterHome.StartAsync(s => s.Mode = ClusterMode.Bind);

    // A look begins by asking for nodes. One that began after now has ended when the next begins.
    private static async Task UntilLookedAsync(ClusterHome home)
    {
        int before = Looks();
        await ExecutorHome.Until(() => Looks() >= before + 2, "the cluster was looked at");

        int Looks() => home.Cluster.Server.Requests.Count(r => r.StartsWith("GET /api/v1/nodes", StringComparison.Ordinal));
    }

    private static string? NodeOf(ClusterHome home, AttemptOrder order) =>
        (string?)home.Cluster.ListPods().Single(p => (string?)p["metadata"]!["labels"]!["mlplatform.io/attempt"] == order.Id.ToString())["spec"]!["nodeName"];

    private static void AddNode(ClusterHome home, string name, int cpu, int gpus, string? taint = null, bool ready = true)
    {
        JsonObject node = new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/hostname"] = name } },
            ["spec"] = new JsonObject(),
            ["status"] = new JsonObject
            {
                ["allocatable"] = new JsonObject { ["cpu"] = cpu.ToString(CultureInfo.InvariantCulture), ["memory"] = "8Gi", ["nvidia.com/gpu"] = gpus.ToString(CultureInfo.InvariantCulture) },
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = ready ? "True" : "False" }),
            },
        };
        if (taint is not null)
            node["spec"]!["taints"] = new JsonArray(new JsonObject { ["key"] = taint, ["effect"] = "NoSchedule" });
        home.Cluster.Store.TryAdd(Nodes, node);
    }
}
