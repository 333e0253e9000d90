using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Experiments;

/// <summary>A plain script inside a pipeline, which knows nothing but the variables that tracking clients read.</summary>
public sealed class AttemptTrackingTests(TokenPlatform platform) : IClassFixture<TokenPlatform>
{
    // What MLflow's Python client sends for start_run (with MLFLOW_RUN_ID), log_param, log_metric, a nested run and a file.
    private const string Script = """
        import json, os, sys, urllib.request, urllib.error
        uri, token = os.environ["MLFLOW_TRACKING_URI"], os.environ["MLFLOW_TRACKING_TOKEN"]
        def call(method, path, body=None, raw=None):
            data = raw if raw is not None else None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(uri + "/api/2.0/" + path, data, {"Authorization": "Bearer " + token, "Content-Type": "application/json"}, method=method)
            try:
                return json.loads(urllib.request.urlopen(request).read() or b"{}")
            except urllib.error.HTTPError as e:
                return {"status": e.code, **json.loads(e.read())}
        run = os.environ["MLFLOW_RUN_ID"]
        experiment = call("GET", "mlflow/experiments/get-by-name?experiment_name=" + os.environ["MLFLOW_EXPERIMENT_NAME"])["experiment"]["experiment_id"]
        info = call("GET", "mlflow/runs/get?run_id=" + run)["run"]["info"]
        assert info["experiment_id"] == experiment, info
        call("POST", "mlflow/runs/update", {"run_id": run, "status": "RUNNING"})
        call("POST", "mlflow/runs/log-parameter", {"run_id": run, "key": "lr", "value": "0.1"})
        for step in range(3):
            call("POST", "mlflow/runs/log-metric", {"run_id": run, "key": "loss", "value": 1.0 / (step + 1), "timestamp": step, "step": step})
        child = call("POST", "mlflow/runs/create", {"experiment_id": experiment, "run_name": "child", "tags": [{"key": "mlflow.parentRunId", "value": run}]})["run"]["info"]["run_id"]
        call("POST", "mlflow/runs/log-metric", {"run_id": child, "key": "loss", "value": 7, "timestamp": 1})
        call("PUT", "mlflow-artifacts/artifacts/" + info["artifact_uri"].split(":/", 1)[1] + "/note.txt", raw=b"hello")
        refused = [
            call("POST", "mlflow/runs/set-tag", {"run_id": os.environ["OTHER"], "key": "a", "value": "b"}),
            call("POST", "mlflow/experiments/delete", {"experiment_id": experiment}),
            call("PUT", "mlflow-artifacts/artifacts/0/" + os.environ["OTHER"] + "/artifacts/x", raw=b"x"),
        ]
        try:
            urllib.request.urlopen(urllib.request.Request(uri + "/api/v1/runs", headers={"Authorization": "Bearer " + token})); platform = 200
        except urllib.error.HTTPError as e:
            platform = e.code
        call("POST", "mlflow/runs/update", {"run_id": run, "status": "FINISHED", "end_time": 5})
        with open(os.environ["MLP_ATTEMPT_DIR"] + "/metrics.jsonl", "w") as f:
            f.write(json.dumps({"name": "auc", "value": 0.75, "step": 4}) + "\n")
        with open(os.environ["MLP_ATTEMPT_DIR"] + "/outputs.json", "w") as f:
            json.dump({"run": run, "child": child, "token": token[:5], "refused": [r.get("error_code") for r in refused], "platform": platform}, f)
        with open(os.environ["KEEP"], "w") as f:
            f.write(token)
        """;

    private readonly MlflowWorld _mlflow = new(platform.Client);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plain_script_lands_in_the_run_of_its_attempt_and_reaches_no_further()
    {
        string other = await _mlflow.RunAsync("0"), folder = Directory.CreateTempSubdirectory("mlp-script-").FullName;
        string script = Path.Combine(folder, "train.py"), keep = Path.Combine(folder, "token");
        await File.WriteAllTextAsync(script, Script, Cancel);
        string pipeline = JsonSerializer.Serialize(new
        {
            id = "tracked",
            parameters = new { dim = new { type = "integer", @default = 8 } },
            activities = new { train = new { type = "train.script", inputs = new { command = (string[])["python3", script], environment = new { OTHER = other, KEEP = keep } } } },
            outputs = new { child = "${{ activities.train.outputs.child }}", refused = "${{ activities.train.outputs.refused }}", platform = "${{ activities.train.outputs.platform }}", run = "${{ activities.train.outputs.run }}" },
        });
        Guid run = await platform.StartAsync(pipeline);
        JsonElement ended = await platform.WaitAsync(run, "succeeded");
        JsonElement outputs = ended.GetProperty("outputs");
        string attempt = outputs.GetProperty("run").GetString()!, child = outputs.GetProperty("child").GetString()!;
        Assert.Equal($"{run:N}-0-1", attempt);
        Assert.All(outputs.GetProperty("refused").EnumerateArray(), r => Assert.Equal("PERMISSION_DENIED", r.GetString()));
        Assert.Equal(403, outputs.GetProperty("platform").GetInt32());

        // One run: what the script logged, what it reported in metrics.jsonl, and what the platform knows.
        JsonElement tracked = await _mlflow.RunOfAsync(attempt);
        Assert.Equal(("FINISHED", "train"), (tracked.GetProperty("info").GetProperty("status").GetString(), tracked.GetProperty("info").GetProperty("run_name").GetString()));
        Dictionary<string, string> metrics = MlflowWorld.Pairs(tracked.GetProperty("data").GetProperty("metrics"));
        Assert.Equal("0.75", metrics["auc"]);
        Assert.StartsWith("0.333", metrics["loss"], StringComparison.Ordinal);
        Assert.Equal(new Dictionary<string, string> { ["dim"] = "8", ["lr"] = "0.1" }, MlflowWorld.Pairs(tracked.GetProperty("data").GetProperty("params")));
        Assert.Equal($"{run:N}", MlflowWorld.Pairs(tracked.GetProperty("data").GetProperty("tags"))["mlflow.parentRunId"]);
        Assert.Equal([0.75], (await _mlflow.GetAsync($"metrics/get-history?run_id={attempt}&metric_key=auc")).GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("value").GetDouble()));
        Assert.Equal("note.txt", (await _mlflow.GetAsync($"artifacts/list?run_id={attempt}")).GetProperty("files")[0].GetProperty("path").GetString());

        string experiment = tracked.GetProperty("info").GetProperty("experiment_id").GetString()!;
        JsonElement found = await _mlflow.PostAsync("runs/search", new { experiment_ids = (string[])[experiment] });
        Assert.Equal(((string[])[attempt, child, $"{run:N}"]).Order(StringComparer.Ordinal), found.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("info").GetProperty("run_id").GetString()).Order(StringComparer.Ordinal));

        // The token died with the attempt, and was written nowhere.
        string token = await File.ReadAllTextAsync(keep, Cancel);
        using HttpClient late = platform.ClientFor(token);
        Assert.Equal(401, (await new MlflowWorld(late).RefusedAsync("runs/set-tag", new { run_id = attempt, key = "late", value = "x" })).Status);
        foreach (string file in Directory.EnumerateFiles(platform.Home, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("lock", StringComparison.Ordinal) && !f.EndsWith(".sock", StringComparison.Ordinal)))
        {
            await using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            int read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, Cancel);
            Assert.True(bytes.AsSpan(0, read).IndexOf(System.Text.Encoding.ASCII.GetBytes(token)) < 0, $"{file} holds the token of an attempt");
        }
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_pipelines_run_is_a_tracked_run_with_its_parameters_and_results()
    {
        Guid run = await platform.StartAsync("""{ "id": "tracked-noop", "parameters": { "rate": { "type": "number", "default": 0.5 } }, "activities": { "a": { "type": "control.noop" } }, "outputs": { "score": 0.9, "word": "x" } }""");
        await platform.WaitAsync(run, "succeeded");
        JsonElement experiment = (await _mlflow.GetAsync("experiments/get-by-name?experiment_name=tracked-noop")).GetProperty("experiment");
        JsonElement tracked = await _mlflow.RunOfAsync($"{run:N}");
        Assert.Equal(("FINISHED", experiment.GetProperty("experiment_id").GetString()), (tracked.GetProperty("info").GetProperty("status").GetString(), tracked.GetProperty("info").GetProperty("experiment_id").GetString()));
        Assert.Equal("0.5", MlflowWorld.Pairs(tracked.GetProperty("data").GetProperty("params"))["rate"]);
        Assert.Equal("0.9", MlflowWorld.Pairs(tracked.GetProperty("data").GetProperty("metrics"))["score"]);
        await _mlflow.PostAsync("runs/set-tag", new { run_id = $"{run:N}", key = "good", value = "yes" });
        JsonElement found = await _mlflow.PostAsync("runs/search", new { experiment_ids = (string?[])[experiment.GetProperty("experiment_id").GetString()], filter = "tags.good = 'yes' AND metrics.score > 0.8 AND params.rate = '0.5'" });
        Assert.Single(found.GetProperty("runs").EnumerateArray());
        Assert.Equal(404, (await _mlflow.RefusedAsync(HttpMethod.Get, $"api/2.0/mlflow/runs/get?run_id={run:N}-7-1")).Status);
    }
}
