using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>Distributed trainings as JobSets, whose processes really run.</summary>
public sealed class DistributedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_process_is_told_its_rank_and_where_the_others_are()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = Roles(home, """{ "chief": { "environment": { "WHO": "$(first)" } }, "worker": { "count": 2 }, "ps": { "command": ["sh", "-c", "echo serving; exec sleep 60"] } }""",
            "echo $MLP_ROLE $MLP_ROLE_INDEX rank $RANK of $WORLD_SIZE at $MASTER_ADDR:$MASTER_PORT $WHO; echo $TF_CONFIG");
        (AttemptOutcome outcome, AttemptFacts facts) = await home.RunAsync(order);
        Assert.True(outcome is AttemptOutcome.Succeeded, outcome.ToString());
        string set = "mlp-" + order.Id, meet = $"{set}-chief-0-0.{set}:29500";
        string[] log = home.LogLines(order);
        Assert.Contains($"[chief-0] chief 0 rank 0 of 3 at {meet} $(first)", log);
        Assert.Contains($"[worker-0] worker 0 rank 1 of 3 at {meet}", log);
        Assert.Contains($"[worker-1] worker 1 rank 2 of 3 at {meet}", log);
        JsonElement config = JsonElement.Parse(log.Single(l => l.StartsWith("[worker-1] {", StringComparison.Ordinal))["[worker-1] ".Length..]);
        Assert.Equal(("worker", 1), (config.GetProperty("task").GetProperty("type").GetString(), config.GetProperty("task").GetProperty("index").GetInt32()));
        Assert.Equal($"{set}-worker-0-1.{set}:29501", config.GetProperty("cluster").GetProperty("worker")[1].GetString());
        Assert.Contains("JobSet/" + set, facts.ExecutionJson, StringComparison.Ordinal);
        await ExecutorHome.Until(() => home.Cluster.ListPods().All(p => (string?)p["status"]?["phase"] != "Running"), "the parameter server was ended");
    }

    [Fact]
    public async Task The_process_that_failed_first_is_the_one_that_is_told()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = Roles(home, """{ "worker": { "count": 2 } }""", "if [ $RANK = 1 ]; then echo 'ValueError: bad batch'; exit 7; fi; exec sleep 60");
        Failure failure = await home.FailAsync(order);
        Assert.Equal((FailureKind.User, "EXEC-001"), (failure.Kind, failure.Code));
        Assert.Contains("exit code 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains("[worker-1] ValueError: bad batch", failure.Message, StringComparison.Ordinal);
        await ExecutorHome.Until(() => home.Cluster.ListPods().Count == 0 && home.Cluster.Store.List(FakeCluster.Jobs, null).Items.Count == 0, "the others were ended");
    }

    [Fact]
    public async Task One_process_alone_is_a_plain_job()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = Roles(home, """{ "worker": { "environment": { "A": "1" } } }""", "echo alone $A");
        Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(order)).Outcome);
        Assert.Equal(["alone 1"], home.LogLines(order));
    }

    private static AttemptOrder Roles(ClusterHome home, string roles, string script) => home.Script() with
    {
        Type = "train.distributed",
        Inputs = JsonElement.Parse($$"""{ "roles": {{roles}}, "command": ["sh", "-c", {{JsonSerializer.Serialize(script)}}] }"""),
        Command = new ScriptCommand([], null, new Dictionary<string, string>(), null, Checkpoints: false, Roles: true),
        Resources = new ResourceRequest(3000, 0),
    };
}
