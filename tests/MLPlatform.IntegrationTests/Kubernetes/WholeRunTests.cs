using System.Text.Json;
using MLPlatform.IntegrationTests.Cli;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>Pipelines of the real server on the fake cluster, by the command line as people use it.</summary>
public sealed class WholeRunTests : IAsyncLifetime
{
    private readonly Mlp _mlp = new();
    private FakeCluster _cluster = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _cluster = await FakeCluster.StartAsync();
        Directory.CreateDirectory(_mlp.Home);
        Set("Kubeconfig", _cluster.Server.Kubeconfig(_mlp.Folder));
        Set("HostPath", _mlp.Home);
        Set("Image", "registry.example/worker:1");
        Set("LookEvery", "00:00:00.100");
        Set("WorkerCommand__0", WorkerFiles.Host());
        Set("WorkerCommand__1", WorkerFiles.Assembly());
    }

    public async ValueTask DisposeAsync()
    {
        _mlp.Dispose();
        await _cluster.DisposeAsync();
        Assert.Empty(_cluster.Server.Refused);
    }

    [Fact]
    public async Task A_pipeline_runs_on_the_cluster_though_its_server_is_killed_meanwhile()
    {
        string file = _mlp.Write("p.json", """
            {
              "id": "over-there", "basic": { "group": "reco", "owner": "ann" }, "resources": { "pool": "gpus" },
              "activities": {
                "rows": { "type": "train.script", "inputs": { "command": ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do echo $i,$((i%2)); done > $MLP_ATTEMPT_DIR/rows.csv; echo '{\"rows\":{\"$file\":\"rows.csv\",\"kind\":\"file\"}}' > $MLP_ATTEMPT_DIR/outputs.json"] } },
                "long": { "type": "train.script", "inputs": { "artifacts": { "rows": "${{ activities.rows.outputs.rows }}" }, "command": ["sh", "-c", "echo up; while [ ! -e go ]; do sleep 0.05; done; cat $MLP_ATTEMPT_DIR/inputs/rows/*; echo '{\"n\":8}' > $MLP_ATTEMPT_DIR/outputs.json"] } },
                "here": { "type": "train.script", "resources": { "pool": "default" }, "inputs": { "command": ["sh", "-c", "echo here"], "parameters": { "n": "${{ activities.long.outputs.n }}" } } }
              },
              "outputs": { "n": "${{ activities.long.outputs.n }}" }
            }
            """);
        await ServeAsync();
        Outcome started = await _mlp.RunAsync("run", file, "--detach");
        started.Is(0);
        string run = started.Output.Trim();
        await ExecutorHome.Until(() => AttemptLogs().Any(l => l.StartsWith("up", StringComparison.Ordinal)), "the second step was up");
        _mlp.Kill();
        await _mlp.ServeAsync();
        foreach (string scratch in Directory.GetDirectories(Path.Combine(_mlp.Home, "attempts")).Select(a => Path.Combine(a, "scratch")).Where(Directory.Exists))
            await File.WriteAllTextAsync(Path.Combine(scratch, "go"), "", Cancel);
        Outcome watched = await _mlp.RunAsync("runs", "watch", run, "--json");
        watched.Is(0);
        Assert.Equal(8, watched.Json.GetProperty("outputs").GetProperty("n").GetInt32());
        Outcome log = await _mlp.RunAsync("runs", "logs", run, "long");
        Assert.Equal(["up", "1,1", "2,0", "3,1", "4,0", "5,1", "6,0", "7,1", "8,0"], log.Output.TrimEnd().Split('\n').Select(l => l.Trim()));
        Assert.Equal(2, _cluster.ListPods().Count); // 'here' ran here.
        Assert.Equal(2, _cluster.Server.Requests.Count(r => r.StartsWith("POST /apis/batch/v1/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_run_that_is_cancelled_takes_its_job_with_it()
    {
        string file = _mlp.Write("p.json", """{ "id": "stopped", "resources": { "pool": "gpus" }, "activities": { "a": { "type": "train.script", "inputs": { "command": ["sh", "-c", "echo up; exec sleep 60"] } } } }""");
        await ServeAsync();
        string run = (await _mlp.RunAsync("run", file, "--detach")).Output.Trim();
        await ExecutorHome.Until(() => AttemptLogs().Any(l => l.StartsWith("up", StringComparison.Ordinal)), "it was up");
        (await _mlp.RunAsync("runs", "cancel", run)).Is(0);
        Outcome watched = await _mlp.RunAsync("runs", "watch", run, "--json");
        Assert.Equal("cancelled", watched.Json.GetProperty("state").GetString());
        await ExecutorHome.Until(() => _cluster.Store.List(FakeCluster.Jobs, null).Items.Count == 0 && _cluster.ListPods().Count == 0, "nothing of it is left");
    }

    [Fact]
    public async Task A_bad_setting_of_a_cluster_stops_the_start_with_its_code()
    {
        Set("Namespace", "Not_A_Name");
        Set("Claim", "both");
        Outcome serve = await _mlp.RunAsync("serve", "--address", "http://127.0.0.1:0");
        Assert.NotEqual(0, serve.Code);
        Assert.Contains("KUBE-030 Kubernetes:Clusters:east: Namespace 'Not_A_Name'", serve.Error + serve.Output, StringComparison.Ordinal);
        Assert.Contains("exactly one of Claim and HostPath", serve.Error + serve.Output, StringComparison.Ordinal);
    }

    private async Task ServeAsync()
    {
        await _mlp.ServeAsync();
        (await _mlp.RunAsync("quota", "apply", _mlp.Write("resources.json", """{ "pools": { "here": {}, "gpus": { "executor": "east" } } }"""))).Is(0);
    }

    private void Set(string name, string value) => _mlp.Variables["MLP_Kubernetes__Clusters__east__" + name] = value;

    private IEnumerable<string> AttemptLogs() => Directory.Exists(Path.Combine(_mlp.Home, "attempts"))
        ? Directory.GetFiles(Path.Combine(_mlp.Home, "attempts"), "log", SearchOption.AllDirectories).Select(f => { using StreamReader r = new(new FileStream(f, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)); return r.ReadToEnd(); })
        : [];
}
