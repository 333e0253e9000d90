using System.Text;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine;
using MLPlatform.Engine.Scheduling;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>Two servers, each with a machine of its own, and a cluster that takes what has no room on them.</summary>
public sealed class AdmissionDeskTests
{
    private const string Resources = """
        {
          "pools": {
            "production": { "overflow": ["cluster"] },
            "cluster": { "executor": "kubernetes" }
          },
          "groups": { "ads": { "quotas": { "production": { "nominal": { "cpu": 2 } }, "cluster": { "nominal": { "cpu": 8 } } } } }
        }
        """;

    private static readonly DateTimeOffset Start = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void With_several_servers_what_has_no_room_here_overflows_to_the_cluster()
    {
        AdmissionDesk desk = Desk();
        for (int i = 0; i < 3; i++)
            desk.Add(Asks(i, new ResourceRequest(1000, 0, Pool: "production")));
        Assert.Equal([("production", "one"), ("production", "one"), ("cluster", "cluster")], Places(desk));
    }

    [Theory]
    [InlineData("cluster")]
    [InlineData("production")]
    public void Labels_of_nodes_that_only_the_cluster_can_have_are_asked_of_it(string pool)
    {
        AdmissionDesk desk = Desk();
        ResourceRequest request = new(1000, 0, Pool: pool, Nodes: "disk=fast");
        Assert.Null(desk.Refuses(request));
        desk.Add(Asks(0, request));
        Assert.Equal([("cluster", "cluster")], Places(desk));
    }

    private static AdmissionDesk Desk()
    {
        PoolMachine self = new("r1", "one", 2000, 4L << 30, [], new Dictionary<string, string>());
        AdmissionDesk desk = new(new EngineOptions(), self);
        ResourcesFile file = ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(Resources), "resources.json").File!;
        desk.Use(new QuotaBook(1, file, [], [self, self with { Replica = "r2", Name = "two" }], [], Start), [], new Dictionary<string, Core.Scheduling.Budgets.ResourceTime>());
        return desk;
    }

    private static IEnumerable<(string, string)> Places(AdmissionDesk desk) =>
        desk.Decide(Start, _ => 1).Starts.OrderBy(s => s.Asked.Node).Select(s => (s.Holds.Pool, s.Holds.Machine));

    private static Waiting Asks(int node, ResourceRequest request) =>
        new(new RunId(Guid.Parse("01900000-0000-7000-8000-000000000001")), node, 0, Pipeline: "p", Activity: "a", Group: "ads", Person: "mia", Request: request, Longest: null, MayStop: true, Since: Start.AddSeconds(node));
}
