using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>Scripts in pods: what the process executor's tests ask of scripts, where it applies.</summary>
public sealed class ScriptPodTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_script_that_writes_outputs_and_metrics_succeeds_with_them()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("""
            cat "$MLP_ATTEMPT_DIR/inputs.json"
            echo '{"auc": 0.9}' > "$MLP_ATTEMPT_DIR/outputs.json"
            echo '{"name":"loss","value":0.5,"step":3}' >> "$MLP_ATTEMPT_DIR/metrics.jsonl"
            echo 'no metric' >> "$MLP_ATTEMPT_DIR/metrics.jsonl"
            """) with
        { Inputs = JsonElement.Parse("""{"rows":7}""") };

        (AttemptOutcome outcome, AttemptFacts facts) = await home.RunAsync(order);

        Assert.Equal(0.9, Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs.GetProperty("auc").GetDouble());
        Assert.Equal(("loss", 3L, 0.5), facts.Metrics.Select(m => (m.Name, m.Step, m.Value)).Single());
        JsonElement execution = JsonElement.Parse(facts.ExecutionJson!);
        Assert.Equal(("east", "Job/mlp-" + order.Id, "node-1"), (execution.GetProperty("cluster").GetString(), execution.GetProperty("object").GetString(), execution.GetProperty("node").GetString()));
        Assert.Equal(["""{"rows":7}"""], home.LogLines(order));
        Assert.Equal(1, home.Sink.Ends(order.Id));
    }

    [Theory]
    [InlineData("echo 'ValueError: 3 columns' >&2; exit 3", FailureKind.User, "EXEC-001", "ValueError: 3 columns")]
    [InlineData("kill -SEGV $$", FailureKind.User, "EXEC-002", "SIGSEGV")]
    [InlineData("printf '{' > $MLP_ATTEMPT_DIR/outputs.json", FailureKind.User, "EXEC-006", "not valid JSON")]
    [InlineData("kill -KILL $$", FailureKind.Resource, "EXEC-009", "SIGKILL")]
    public async Task A_script_that_fails_says_why_in_the_words_of_every_executor(string script, FailureKind kind, string code, string words)
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        Failure failure = await home.FailAsync(home.Shell(script));
        Assert.Equal((kind, code), (failure.Kind, failure.Code));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_the_image_lacks_is_named()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        Failure failure = await home.FailAsync(home.Script("no-such-program"));
        Assert.Equal((FailureKind.User, "KUBE-014"), (failure.Kind, failure.Code));
        Assert.Contains("no-such-program", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Words_reach_the_program_as_they_are_and_secrets_by_reference_only()
    {
        Environment.SetEnvironmentVariable("MLP_TEST_SECRET_OF_SERVER", "hunter2");
        await using ClusterHome home = await ClusterHome.StartAsync(s =>
        {
            s.TrackingUri = "http://mlplatform:5080";
            s.Secrets["S3_KEY"] = "s3/key";
        });
        home.Cluster.Store.TryAdd(FakeCluster.Secrets, new JsonObject { ["metadata"] = new JsonObject { ["name"] = "s3", ["namespace"] = FakeCluster.Namespace }, ["data"] = new JsonObject { ["key"] = "b3Blbg==", ["hf"] = "aGY=" } });
        (KubernetesExecutor executor, Executors.Sink sink) = home.NewServer(new Tracking());
        AttemptOrder order = home.Script("sh", "-c", "env; echo \"arg $1\"", "sh", "$(HOME) costs $5");
        order = order with { Command = order.Command! with { Environment = new Dictionary<string, string> { ["SEED"] = "$(PATH)", ["HF"] = "secret:s3/hf" } } };
        await executor.StartAsync(order, Cancel);
        await sink.EndOf(order.Id);
        string[] seen = home.LogLines(order);
        Assert.Contains("SEED=$(PATH)", seen);
        Assert.Contains("arg $(HOME) costs $5", seen);
        Assert.Contains("S3_KEY=open", seen);
        Assert.Contains("HF=hf", seen);
        Assert.Contains("MLFLOW_TRACKING_URI=http://mlplatform:5080", seen);
        Assert.Contains("MLFLOW_TRACKING_TOKEN=token-of-attempt", seen);
        Assert.Contains("MLP_ATTEMPT_ID=" + order.Id, seen);
        Assert.DoesNotContain(seen, line => line.Contains("hunter2", StringComparison.Ordinal));
        string job = home.Cluster.Store.Find(FakeCluster.Jobs, FakeCluster.Namespace, "mlp-" + order.Id)!.ToJsonString();
        Assert.DoesNotContain("token-of-attempt", job, StringComparison.Ordinal);
        Assert.DoesNotContain("open", job, StringComparison.Ordinal);
        Assert.Null(home.Cluster.Store.Find(FakeCluster.Secrets, FakeCluster.Namespace, "mlp-" + order.Id)); // It went with the attempt.
    }

    [Fact]
    public async Task Artifacts_go_in_and_come_out_as_with_processes()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        string given = Path.Combine(home.Folder, "given.txt");
        await File.WriteAllTextAsync(given, "41", Cancel);
        Core.Artifacts.ArtifactRef artifact = await home.Artifacts.PutFileAsync(given, "file", null, Cancel);
        AttemptOrder order = home.Shell("""
            echo $(( $(cat $MLP_ATTEMPT_DIR/inputs/number/*) + 1 )) > $MLP_ATTEMPT_DIR/answer.txt
            echo '{"answer":{"$file":"answer.txt"}}' > $MLP_ATTEMPT_DIR/outputs.json
            """) with
        { Inputs = JsonSerializer.SerializeToElement(new { number = artifact }) };
        (AttemptOutcome outcome, _) = await home.RunAsync(order);
        JsonElement answer = Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs.GetProperty("answer");
        await home.Artifacts.LayOutAsync(answer.GetProperty("$artifact").GetString()!, Path.Combine(home.Folder, "out"), Cancel);
        Assert.Equal("42\n", await File.ReadAllTextAsync(Path.Combine(home.Folder, "out", "answer.txt"), Cancel));
    }

    [Fact]
    public async Task A_built_in_activity_runs_through_the_worker_program_of_the_image()
    {
        string dotnet = WorkerFiles.Host(), worker = WorkerFiles.Assembly();
        await using ClusterHome home = await ClusterHome.StartAsync(s =>
        {
            s.WorkerCommand.Add(dotnet);
            s.WorkerCommand.Add(worker);
        });
        string csv = Path.Combine(home.Folder, "rows.csv");
        await File.WriteAllTextAsync(csv, "a,b\n1,2\n3,4\n", Cancel);
        (AttemptOutcome outcome, AttemptFacts facts) = await home.RunAsync(home.Activity("data.import", new { from = new { file = csv } }));
        Assert.True(outcome is AttemptOutcome.Succeeded, outcome.ToString());
        Assert.Contains("\"peakMemoryBytes\":", facts.ExecutionJson, StringComparison.Ordinal);

        Failure failure = await home.FailAsync(home.Activity("no.such", new { }));
        Assert.Equal((FailureKind.User, "EXEC-032"), (failure.Kind, failure.Code));
    }

    [Fact]
    public async Task A_part_of_a_GPU_is_refused_where_the_cluster_shares_none()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        Failure failure = await home.FailAsync(home.Shell("true") with { Resources = new ResourceRequest(1000, 0, 500) });
        Assert.Equal((FailureKind.User, "KUBE-020"), (failure.Kind, failure.Code));
    }

    private sealed class Tracking : IAttemptVariables
    {
        public IReadOnlyDictionary<string, string> Of(AttemptOrder order) => new Dictionary<string, string> { ["MLFLOW_TRACKING_TOKEN"] = "token-of-attempt", ["MLFLOW_TRACKING_URI"] = "http://127.0.0.1:1" };
    }
}
