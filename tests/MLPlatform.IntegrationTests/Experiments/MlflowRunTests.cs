using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Experiments;

/// <summary>What a training program does through a tracking client, request by request.</summary>
public sealed class MlflowRunTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private readonly MlflowWorld _mlflow = new(platform.Client);

    [Fact]
    public async Task An_experiment_that_is_not_there_is_made_once()
    {
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), Kind(await _mlflow.RefusedAsync(HttpMethod.Get, "api/2.0/mlflow/experiments/get-by-name?experiment_name=none")));
        string name = "made " + Guid.NewGuid();
        string id = await _mlflow.ExperimentAsync(name);
        Assert.Equal((400, "RESOURCE_ALREADY_EXISTS"), Kind(await _mlflow.RefusedAsync("experiments/create", new { name })));
        JsonElement found = (await _mlflow.GetAsync($"experiments/get-by-name?experiment_name={Uri.EscapeDataString(name)}")).GetProperty("experiment");
        Assert.Equal((id, "active", $"mlflow-artifacts:/{id}"),
            (found.GetProperty("experiment_id").GetString(), found.GetProperty("lifecycle_stage").GetString(), found.GetProperty("artifact_location").GetString()));
        Assert.Equal("Default", (await _mlflow.GetAsync("experiments/get?experiment_id=0")).GetProperty("experiment").GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_training_program_logs_what_it_does_and_reads_it_back()
    {
        string experiment = await _mlflow.ExperimentAsync();
        JsonElement run = (await _mlflow.PostAsync("runs/create", new
        {
            experiment_id = experiment,
            run_name = "first",
            start_time = 1_700_000_000_000,
            unknown_field = new { a = 1 },
            tags = new[] { new { key = "mlflow.user", value = "ann" }, new { key = "mlflow.parentRunId", value = "p" } },
        })).GetProperty("run");
        string id = run.GetProperty("info").GetProperty("run_id").GetString()!;
        Assert.Equal(("first", "ann", "RUNNING", $"mlflow-artifacts:/{experiment}/{id}/artifacts"), (
            run.GetProperty("info").GetProperty("run_name").GetString(), run.GetProperty("info").GetProperty("user_id").GetString(),
            run.GetProperty("info").GetProperty("status").GetString(), run.GetProperty("info").GetProperty("artifact_uri").GetString()));
        await _mlflow.PostAsync("runs/log-parameter", new { run_id = id, key = "lr", value = "0.1" });
        await _mlflow.PostAsync("runs/log-metric", new { run_uuid = id, key = "loss", value = 0.5, timestamp = "1700000000001", step = "9007199254740993" });
        await _mlflow.PostAsync("runs/log-batch", """{"run_id":"ID","metrics":[{"key":"auc","value":"NaN","timestamp":1,"step":0},{"key":"best","value":"-Infinity","timestamp":1}],"params":[{"key":"dim","value":"8"}],"tags":[{"key":"t","value":"1"}]}""".Replace("ID", id, StringComparison.Ordinal));
        await _mlflow.PostAsync("runs/set-tag", new { run_id = id, key = "t", value = "2" });
        JsonElement info = (await _mlflow.PostAsync("runs/update", new { run_id = id, status = "FINISHED", end_time = 1_700_000_009_000 })).GetProperty("run_info");
        Assert.Equal(("FINISHED", 1_700_000_009_000), (info.GetProperty("status").GetString(), info.GetProperty("end_time").GetInt64()));

        JsonElement data = (await _mlflow.RunOfAsync(id)).GetProperty("data");
        Assert.Equal(new Dictionary<string, string> { ["lr"] = "0.1", ["dim"] = "8" }, MlflowWorld.Pairs(data.GetProperty("params")));
        Dictionary<string, string> metrics = MlflowWorld.Pairs(data.GetProperty("metrics"));
        Assert.Equal(("0.5", "NaN", "-Infinity"), (metrics["loss"], metrics["auc"], metrics["best"]));
        Assert.Equal(9007199254740993, data.GetProperty("metrics").EnumerateArray().First(m => m.GetProperty("key").GetString() == "loss").GetProperty("step").GetInt64());
        Assert.Equal("2", MlflowWorld.Pairs(data.GetProperty("tags"))["t"]);
    }

    [Fact]
    public async Task What_is_not_spoken_is_told_in_the_protocols_own_word_and_a_name_may_have_255_bytes()
    {
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Post])
            Assert.Equal((404, "ENDPOINT_NOT_FOUND"), Kind(await _mlflow.RefusedAsync(method, "api/3.0/mlflow/traces/none")));
        Assert.Equal("OK", await platform.Client.GetStringAsync("health", TestContext.Current.CancellationToken));
        string run = await _mlflow.RunAsync("0");
        await _mlflow.PostAsync("runs/log-parameter", new { run_id = run, key = new string('k', 255), value = "1" });
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), Kind(await _mlflow.RefusedAsync("runs/log-parameter", new { run_id = run, key = new string('k', 256), value = "1" })));
    }

    [Fact]
    public async Task What_is_no_text_is_refused_and_not_worth_another_try()
    {
        string run = await _mlflow.RunAsync("0");
        foreach ((string path, string body) in new[]
        {
            ("runs/log-parameter", """{"run_id":"RUN","key":"k","value":"\ud800"}"""),
            ("runs/log-parameter", """{"run_id":"RUN","key":"k\n","value":"1"}"""),
            ("runs/log-batch", """{"run_id":"RUN","params":[{"key":"k","value":"\udc00"}]}"""),
            ("runs/log-batch", """{"run_id":"RUN","metrics":[5]}"""),
            ("runs/log-batch", """{"run_id":"RUN","tags":5}"""),
            ("runs/search", """{"experiment_ids":["\ud800"]}"""),
        })
            Assert.Equal((400, "INVALID_PARAMETER_VALUE"), Kind(await _mlflow.RefusedAsync(path, body.Replace("RUN", run, StringComparison.Ordinal))));
        await _mlflow.PostAsync("runs/set-tag", new { run_id = run, key = "mlflow.log-model.history", value = "no json" });
        await _mlflow.PostAsync("runs/log-model", new { run_id = run, model_json = "{}" });
        await _mlflow.PostAsync("runs/log-inputs", new { run_id = run, datasets = new object[] { new { dataset = "no object" }, new { dataset = new { name = "d", digest = "1" } } } });
        using HttpResponseMessage compared = await _mlflow.AskAsync(HttpMethod.Post, "api/v1/experiments/compare", new { runs = new[] { run } });
        Assert.True(compared.IsSuccessStatusCode, await compared.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_parameter_with_another_value_is_a_bad_request_and_the_same_value_is_not()
    {
        string run = await _mlflow.RunAsync("0");
        await _mlflow.PostAsync("runs/log-parameter", new { run_id = run, key = "k", value = "1" });
        await _mlflow.PostAsync("runs/log-parameter", new { run_id = run, key = "k", value = "1" });
        (int status, string error, string message) = await _mlflow.RefusedAsync("runs/log-parameter", new { run_id = run, key = "k", value = "2" });
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), (status, error));
        Assert.Contains("TRACK-004", message, StringComparison.Ordinal);
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), Kind(await _mlflow.RefusedAsync("runs/log-batch", new { run_id = run, @params = new[] { new { key = "k", value = "2" } } })));
    }

    [Fact]
    public async Task A_history_comes_in_pages_that_hold_each_point_once()
    {
        string run = await _mlflow.RunAsync("0");
        await _mlflow.PostAsync("runs/log-batch", new { run_id = run, metrics = Enumerable.Range(0, 1000).Select(i => new { key = "m", value = i, timestamp = i, step = i }) });
        List<double> seen = [];
        string token = "";
        do
        {
            JsonElement page = await _mlflow.GetAsync($"metrics/get-history?run_id={run}&metric_key=m&max_results=300&page_token={Uri.EscapeDataString(token)}");
            seen.AddRange(page.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("value").GetDouble()));
            token = page.TryGetProperty("next_page_token", out JsonElement next) ? next.GetString()! : "";
        }
        while (token.Length > 0);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => (double)i), seen);
        Assert.Equal(1000, (await _mlflow.GetAsync($"metrics/get-history?run_id={run}&metric_key=m")).GetProperty("metrics").GetArrayLength());
        JsonElement thin = await _mlflow.GetAsync($"metrics/get-history-bulk-interval?run_ids={run}&metric_key=m&max_results=10");
        Assert.Equal((0, 999), (thin.GetProperty("metrics")[0].GetProperty("step").GetInt64(), thin.GetProperty("metrics").EnumerateArray().Last().GetProperty("step").GetInt64()));
    }

    [Fact]
    public async Task Runs_are_searched_ordered_and_paged()
    {
        string experiment = await _mlflow.ExperimentAsync();
        for (int i = 0; i < 7; i++)
        {
            string run = await _mlflow.RunAsync(experiment);
            await _mlflow.PostAsync("runs/log-batch", new { run_id = run, metrics = new[] { new { key = "auc", value = i / 10.0, timestamp = 1, step = 0 } }, @params = new[] { new { key = "i", value = $"{i}" } } });
        }
        string[] order = ["metrics.auc DESC"];
        List<string> seen = [];
        string? token = null;
        do
        {
            JsonElement page = await _mlflow.PostAsync("runs/search", new { experiment_ids = new[] { experiment }, filter = "metrics.auc > 0.05 and params.i != '3'", order_by = order, max_results = 2, page_token = token });
            seen.AddRange(page.GetProperty("runs").EnumerateArray().Select(r => MlflowWorld.Pairs(r.GetProperty("data").GetProperty("params"))["i"]));
            token = page.TryGetProperty("next_page_token", out JsonElement next) ? next.GetString() : null;
        }
        while (token is not null);
        Assert.Equal(["6", "5", "4", "2", "1"], seen);
        await _mlflow.PostAsync("runs/search", new { experiment_ids = new[] { experiment }, max_results = 50_000 });
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), Kind(await _mlflow.RefusedAsync("runs/search", new { experiment_ids = new[] { experiment }, max_results = 50_001 })));
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), Kind(await _mlflow.RefusedAsync("runs/search", new { experiment_ids = new[] { experiment }, filter = "this is no filter" })));
    }

    [Fact]
    public async Task What_is_deleted_is_found_only_when_asked_for_and_comes_back()
    {
        string experiment = await _mlflow.ExperimentAsync(), run = await _mlflow.RunAsync(experiment);
        await _mlflow.PostAsync("runs/delete", new { run_id = run });
        Assert.Equal(["", run, run], [await FoundAsync("ACTIVE_ONLY"), await FoundAsync("DELETED_ONLY"), await FoundAsync("ALL")]);
        await _mlflow.PostAsync("runs/restore", new { run_id = run });
        await _mlflow.PostAsync("experiments/delete", new { experiment_id = experiment });
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), Kind(await _mlflow.RefusedAsync("runs/create", new { experiment_id = experiment })));
        await _mlflow.PostAsync("experiments/restore", new { experiment_id = experiment });
        Assert.Equal(run, await FoundAsync("ACTIVE_ONLY"));
        await _mlflow.PostAsync("experiments/update", new { experiment_id = experiment, new_name = "renamed " + experiment });
        await _mlflow.PostAsync("experiments/set-experiment-tag", new { experiment_id = experiment, key = "team", value = "reco" });
        JsonElement found = await _mlflow.PostAsync("experiments/search", new { filter = $"name LIKE 'renamed %' AND tags.team = 'reco'", max_results = 10 });
        Assert.Equal(experiment, Assert.Single(found.GetProperty("experiments").EnumerateArray()).GetProperty("experiment_id").GetString());

        async Task<string> FoundAsync(string view) => string.Concat((await _mlflow.PostAsync("runs/search", new { experiment_ids = new[] { experiment }, run_view_type = view }))
            .GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("info").GetProperty("run_id").GetString()));
    }

    [Fact]
    public async Task Inputs_and_outputs_are_kept_once_each()
    {
        string run = await _mlflow.RunAsync("0");
        object inputs = new { run_id = run, datasets = new[] { new { tags = new[] { new { key = "mlflow.data.context", value = "train" } }, dataset = new { name = "clicks", digest = "d1", source_type = "local", source = "{}" } } } };
        await _mlflow.PostAsync("runs/log-inputs", inputs);
        await _mlflow.PostAsync("runs/log-inputs", inputs);
        await _mlflow.PostAsync("runs/outputs", new { run_id = run, models = new[] { new { model_id = "m-1", step = 3 } } });
        JsonElement now = await _mlflow.RunOfAsync(run);
        Assert.Equal("clicks", Assert.Single(now.GetProperty("inputs").GetProperty("dataset_inputs").EnumerateArray()).GetProperty("dataset").GetProperty("name").GetString());
        Assert.Equal("m-1", now.GetProperty("outputs").GetProperty("model_outputs")[0].GetProperty("model_id").GetString());
        Assert.Single((await _mlflow.PostAsync("runs/search", new { experiment_ids = MlflowWorld.Default, filter = $"datasets.name = 'clicks' AND dataset.context = 'train' AND run_id = '{run}'" })).GetProperty("runs").EnumerateArray());
    }

    [Theory]
    [InlineData("runs/log-metric", """{"run_id":"RUN","key":"m","value":"much","timestamp":1}""")]
    [InlineData("runs/log-metric", """{"run_id":"RUN","key":"m","value":1,"timestamp":"99999999999999999999"}""")]
    [InlineData("runs/log-metric", """{"run_id":"RUN","key":"../m","value":1,"timestamp":1}""")]
    [InlineData("runs/log-metric", """{"run_id":"RUN","key":"m\u0000","value":1,"timestamp":1}""")]
    [InlineData("runs/log-metric", """{"run_id":"RUN","value":1,"timestamp":1}""")]
    [InlineData("runs/log-parameter", """{"key":"m","value":"1"}""")]
    [InlineData("runs/update", """{"run_id":"RUN","status":"DONE"}""")]
    [InlineData("runs/log-batch", "[1]")]
    [InlineData("runs/log-batch", "{")]
    [InlineData("runs/search", """{"experiment_ids":["0"],"page_token":"x"}""")]
    [InlineData("experiments/create", """{"name":""}""")]
    [InlineData("experiments/delete", """{"experiment_id":"0"}""")]
    [InlineData("experiments/create", """{"name":"x","artifact_location":"mlflow-artifacts:/../../etc"}""")]
    public async Task Bad_requests_are_told_with_400_so_that_clients_do_not_try_again(string path, string body)
    {
        string run = await _mlflow.RunAsync("0");
        Assert.Equal((400, "INVALID_PARAMETER_VALUE"), Kind(await _mlflow.RefusedAsync(path, body.Replace("RUN", run, StringComparison.Ordinal))));
    }

    [Fact]
    public async Task Too_much_at_once_is_refused()
    {
        string run = await _mlflow.RunAsync("0");
        object metric = new { key = "m", value = 1, timestamp = 1 };
        Assert.Contains("TRACK-006", (await _mlflow.RefusedAsync("runs/log-batch", new { run_id = run, metrics = Enumerable.Repeat(metric, 1001) })).Message, StringComparison.Ordinal);
        Assert.Equal(400, (await _mlflow.RefusedAsync("runs/log-parameter", new { run_id = run, key = "k", value = new string('x', 6001) })).Status);
        await _mlflow.PostAsync("runs/log-parameter", new { run_id = run, key = "k", value = new string('x', 6000) });
    }

    [Theory]
    [InlineData("api/3.0/mlflow")]
    [InlineData("ajax-api/2.0/mlflow")]
    public async Task Newer_clients_and_pages_use_other_roots(string root)
    {
        Assert.False((await _mlflow.GetAsync("server-info", root)).GetProperty("workspaces_enabled").GetBoolean());
        Assert.NotEmpty((await _mlflow.GetAsync("experiments/search?max_results=5", root)).GetProperty("experiments").EnumerateArray());
        Assert.Equal(404, (await platform.Client.GetAsync("api/2.0/mlflow/none", TestContext.Current.CancellationToken)).StatusCode.GetHashCode());
    }

    private static (int, string) Kind((int Status, string Error, string) refused) => (refused.Status, refused.Error);
}
