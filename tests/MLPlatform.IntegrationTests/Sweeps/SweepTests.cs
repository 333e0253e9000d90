using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Sweeps;

/// <summary>Sweeps over HTTP, with trials that need no worker.</summary>
public sealed class SweepTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string Bowl = """
        {
          "id": "bowl",
          "parameters": { "x": { "type": "number", "minimum": -10, "maximum": 10 }, "side": { "type": "string", "default": "left" } },
          "activities": { "a": { "type": "control.noop" } },
          "outputs": { "y": "${{ (parameters.x - 3) ** 2 + (parameters.side == 'left' ? 5 : 0) }}", "word": "no number" }
        }
        """;

    private const string Long = """{ "id": "hour", "activities": { "wait": { "type": "control.wait", "inputs": { "duration": "PT1H" } } }, "outputs": { "y": 1 } }""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sweep_finds_the_bottom_and_its_trials_are_runs_of_one_experiment()
    {
        JsonElement sweep = await StartAsync("""
            "space": { "x": { "type": "float", "min": -10, "max": 10 }, "side": { "type": "choice", "values": ["left", "right"] } },
            "parallel": 3, "budget": { "trials": 25 }
            """);
        JsonElement ended = await EndAsync(sweep);
        Assert.Equal("completed", ended.GetProperty("state").GetString());
        Assert.Equal(25, ended.GetProperty("counts").GetProperty("completed").GetInt32());
        JsonElement best = ended.GetProperty("bestTrial");
        Assert.Equal("right", best.GetProperty("parameters").GetProperty("side").GetString());
        Assert.InRange(best.GetProperty("parameters").GetProperty("x").GetDouble(), 1, 5);

        JsonElement trials = await platform.GetJsonAsync($"api/v1/sweeps/{Id(sweep)}/trials");
        Assert.Equal(Enumerable.Range(0, 25), trials.EnumerateArray().Select(t => t.GetProperty("number").GetInt32()));
        string filter = Uri.EscapeDataString($"tags.`mlp.sweep` = '{Id(sweep)}'");
        JsonElement tracked = await platform.GetJsonAsync($"api/v1/experiments/bowl/runs?limit=100&filter={filter}");
        Assert.Equal(25, tracked.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Combinations_are_run_each_once_in_their_order()
    {
        JsonElement ended = await EndAsync(await StartAsync(""" "combinations": [{ "x": 1 }, { "x": 3, "side": "right" }, { "x": 11 }] """));
        JsonElement[] trials = [.. (await platform.GetJsonAsync($"api/v1/sweeps/{Id(ended)}/trials")).EnumerateArray()];
        Assert.Equal([9d, 0d], trials.Take(2).Select(t => t.GetProperty("value").GetDouble()));
        Assert.Equal("failed", trials[2].GetProperty("state").GetString());
        Assert.Contains("SWEEP-012", trials[2].GetProperty("because").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, ended.GetProperty("best").GetDouble());
    }

    [Fact]
    public async Task A_stopped_sweep_cancels_its_runs_and_cannot_be_stopped_twice()
    {
        JsonElement sweep = await StartAsync(""" "combinations": [{}, {}, {}], "parallel": 2 """, Long);
        await UntilAsync(sweep, s => s.GetProperty("counts").GetProperty("running").GetInt32() == 2);
        (await platform.Client.PostAsync($"api/v1/sweeps/{Id(sweep)}/stop", null, Cancel)).EnsureSuccessStatusCode();
        Assert.Equal("stopped", (await EndAsync(sweep)).GetProperty("state").GetString());
        foreach (JsonElement trial in (await platform.GetJsonAsync($"api/v1/sweeps/{Id(sweep)}/trials")).EnumerateArray())
            await platform.WaitAsync(trial.GetProperty("run").GetGuid(), "cancelled");
        using HttpResponseMessage again = await platform.Client.PostAsync($"api/v1/sweeps/{Id(sweep)}/stop", null, Cancel);
        await ProblemAssert.IsAsync(again, 409, "SWEEP-015");
    }

    [Fact]
    public async Task A_stopped_sweep_is_resumed_and_tries_the_rest_and_a_complete_one_needs_more()
    {
        const string Gate = """
            { "id": "gate", "parameters": { "x": { "type": "integer" } },
              "activities": { "ask": { "type": "control.approve", "when": "${{ parameters.x == 1 }}" } }, "outputs": { "y": "${{ parameters.x }}" } }
            """;
        JsonElement sweep = await StartAsync(""" "combinations": [{ "x": 0 }, { "x": 1 }, { "x": 2 }], "parallel": 1 """, Gate);
        JsonElement before = (await UntilAsync(sweep, s => s.GetProperty("counts").GetProperty("completed").GetInt32() == 1 && s.GetProperty("counts").GetProperty("running").GetInt32() == 1));
        Guid cut = (await platform.GetJsonAsync($"api/v1/sweeps/{Id(before)}/trials"))[1].GetProperty("run").GetGuid();
        await ProblemAssert.IsAsync(await ResumeAsync(sweep, new { }), 409, "SWEEP-016");
        (await platform.Client.PostAsync($"api/v1/sweeps/{Id(sweep)}/stop", null, Cancel)).EnsureSuccessStatusCode();
        await EndAsync(sweep);
        await ProblemAssert.IsAsync(await ResumeAsync(sweep, new { time = "an hour" }), 400, "API-003");
        (await ResumeAsync(sweep, new { })).EnsureSuccessStatusCode();
        await UntilAsync(sweep, s => s.GetProperty("counts").GetProperty("running").GetInt32() == 1);
        JsonElement again = (await platform.GetJsonAsync($"api/v1/sweeps/{Id(sweep)}/trials"))[1];
        Assert.NotEqual(cut, again.GetProperty("run").GetGuid());
        await platform.WaitAsync(again.GetProperty("run").GetGuid(), "waiting", "ask");
        (await platform.Client.PostAsJsonAsync($"api/v1/runs/{again.GetProperty("run").GetGuid()}/activities/ask/approve", new { approved = true }, Cancel)).EnsureSuccessStatusCode();
        JsonElement ended = await EndAsync(sweep);
        Assert.Equal(("completed", 3), (ended.GetProperty("state").GetString(), ended.GetProperty("counts").GetProperty("completed").GetInt32()));
        await ProblemAssert.IsAsync(await ResumeAsync(sweep, new { }), 409, "SWEEP-016");
    }

    private Task<HttpResponseMessage> ResumeAsync(JsonElement sweep, object body) => platform.Client.PostAsJsonAsync($"api/v1/sweeps/{Id(sweep)}/resume", body, Cancel);

    // The second trial would take ten minutes: only a sweep that reads what it reports on its way can end before.
    [Fact]
    public async Task A_trial_that_falls_behind_is_stopped_while_it_runs_and_one_from_the_cache_has_its_metrics()
    {
        string folder = Directory.CreateTempSubdirectory("mlp-trial-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "trial.py"), """
            import json, os, sys, time
            x = float(sys.argv[1])
            with open(os.environ["MLP_ATTEMPT_DIR"] + "/metrics.jsonl", "w") as f:
                for step in range(1, 4):
                    f.write(json.dumps({"name": "score", "value": x * step, "step": step}) + "\n")
            if x < 1:
                time.sleep(600)
            """, Cancel);
        string pipeline = JsonSerializer.Serialize(new
        {
            id = "steps",
            parameters = new { x = new { type = "number" } },
            activities = new { train = new { type = "train.script", inputs = new { command = (string[])["python3", Path.Combine(folder, "trial.py"), "${{ '' + parameters.x }}"] } } },
        });
        object request = new
        {
            sweep = """
                { "id": "early", "file": "steps.json", "objective": { "metric": "score", "direction": "maximize" },
                  "combinations": [{ "x": 1 }, { "x": 0.5 }, { "x": 2 }, { "x": 2 }], "stopEarly": { "type": "asha", "factor": 2 } }
                """,
            pipeline = new { pipeline },
        };
        JsonElement sweep = await (await platform.Client.PostAsJsonAsync("api/v1/sweeps", request, Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        JsonElement ended = await EndAsync(sweep);
        JsonElement[] trials = [.. (await platform.GetJsonAsync($"api/v1/sweeps/{Id(sweep)}/trials")).EnumerateArray()];
        Assert.Equal(["completed", "stopped", "completed", "completed"], trials.Select(t => t.GetProperty("state").GetString()));
        Assert.Equal("at step 1 it was number 2 of 2, and 1 goes on", trials[1].GetProperty("because").GetString());
        Assert.Equal(6, ended.GetProperty("best").GetDouble());
        // Compared by what the sweep went for, which attempts reported, not their runs; also the one that the cache answered.
        using HttpResponseMessage compared = await platform.Client.PostAsJsonAsync("api/v1/experiments/compare", new { sweep = Id(sweep) }, Cancel);
        JsonElement view = await compared.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(["trial 0", "trial 1", "trial 2", "trial 3"], view.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("name").GetString()).Order());
        Assert.Equal([6d, 6, 3, 1.5], view.GetProperty("metrics")[0].GetProperty("values").EnumerateArray().Select(v => v.GetDouble()));
        Assert.Equal("4 runs have the metric score, and fewer than 8 tell nothing", view.GetProperty("noImportance").GetString());
        Assert.Equal(3, view.GetProperty("curves").GetArrayLength());
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/experiments/compare", new { sweep = Guid.NewGuid() }, Cancel), 404, "TRACK-017");
        // The fourth is the third again, from the cache: it ran nothing, and has its metrics all the same.
        Assert.Equal(6, trials[3].GetProperty("value").GetDouble());
        await platform.WaitAsync(trials[3].GetProperty("run").GetGuid(), "cached", "train");
        await platform.WaitAsync(trials[1].GetProperty("run").GetGuid(), "cancelled");
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task An_output_that_is_no_number_fails_the_trials_and_then_the_sweep()
    {
        JsonElement ended = await EndAsync(await StartAsync(""" "space": { "x": { "type": "int", "min": 0, "max": 9 } }, "budget": { "failures": 2 } """, output: "word"));
        Assert.Equal("failed", ended.GetProperty("state").GetString());
        Assert.Contains("SWEEP-011", ended.GetProperty("because").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipeline_searches_another_and_goes_on_with_the_best()
    {
        (await platform.Client.PostAsJsonAsync("api/v1/pipelines", new { pipeline = Bowl }, Cancel)).EnsureSuccessStatusCode();
        Guid run = await platform.StartAsync("""
            {
              "id": "search",
              "activities": {
                "search": { "type": "sweep.run", "inputs": {
                  "pipeline": "bowl", "objective": { "output": "y", "direction": "minimize" }, "sampler": "grid",
                  "space": { "x": { "type": "int", "min": 0, "max": 5 } }, "parallel": 2 } }
              },
              "outputs": { "x": "${{ activities.search.outputs.best.x }}", "y": "${{ activities.search.outputs.value }}", "trials": "${{ activities.search.outputs.trials }}" }
            }
            """);
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs");
        Assert.Equal((3, 5d), (outputs.GetProperty("x").GetInt32(), outputs.GetProperty("y").GetDouble()));
        Assert.StartsWith("sha256:", outputs.GetProperty("trials").GetProperty("$artifact").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_stops_the_sweep_that_it_waits_for()
    {
        (await platform.Client.PostAsJsonAsync("api/v1/pipelines", new { pipeline = Flows.Long }, Cancel)).EnsureSuccessStatusCode();
        Guid run = await platform.StartAsync("""
            { "id": "cancelled", "activities": { "search": { "type": "sweep.run", "inputs": {
                "pipeline": "long", "objective": { "metric": "m", "direction": "minimize" }, "combinations": [{}] } } } }
            """);
        await platform.WaitAsync(run, "waiting", "search");
        await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null, Cancel);
        JsonElement sweep = (await platform.GetJsonAsync("api/v1/sweeps")).GetProperty("items").EnumerateArray().First(s => s.GetProperty("name").GetString() == "cancelled/search");
        Assert.Equal("stopped", (await EndAsync(sweep)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_repeated_request_starts_one_sweep_and_a_wrong_one_is_told_its_places()
    {
        HttpRequestMessage Message() => new(HttpMethod.Post, "api/v1/sweeps")
        {
            Content = JsonContent.Create(Request(""" "combinations": [{ "x": 1 }] """, Bowl, "y")),
            Headers = { { "Idempotency-Key", "once" } },
        };
        JsonElement first = await (await platform.Client.SendAsync(Message(), Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        JsonElement second = await (await platform.Client.SendAsync(Message(), Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(Id(first), Id(second));
        using HttpResponseMessage wrong = await platform.Client.PostAsJsonAsync("api/v1/sweeps", Request(""" "space": { "z": { "type": "int", "min": 0, "max": 9 } } """, Bowl, "y2"), Cancel);
        JsonElement problem = await ProblemAssert.IsAsync(wrong, 422, "SWEEP-010");
        Assert.Equal(["SWEEP-005", "SWEEP-006"], problem.GetProperty("diagnostics").EnumerateArray().Select(d => d.GetProperty("code").GetString()).Order());
    }

    [Fact]
    public async Task A_check_counts_combinations_and_starts_nothing()
    {
        async Task<JsonElement> CheckAsync(string rest, string output = "y") =>
            await (await platform.Client.PostAsJsonAsync("api/v1/sweeps/check", Request(rest, Bowl, output), Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        int before = (await platform.GetJsonAsync("api/v1/sweeps?limit=500")).GetProperty("items").GetArrayLength();
        JsonElement grid = await CheckAsync(""" "space": { "x": { "type": "float", "min": 0, "max": 1, "points": 7 } }, "sampler": "grid", "budget": { "trials": 4 } """);
        Assert.Equal((4, 7, 4), (grid.GetProperty("most").GetInt32(), grid.GetProperty("combinations").GetInt32(), grid.GetProperty("first").GetArrayLength()));
        Assert.Equal(0, grid.GetProperty("first")[0].GetProperty("x").GetDouble());
        JsonElement drawn = await CheckAsync(""" "space": { "x": { "type": "float", "min": 0, "max": 1 } }, "sampler": "random" """);
        Assert.Equal((50, false), (drawn.GetProperty("most").GetInt32(), drawn.TryGetProperty("combinations", out _)));
        JsonElement wrong = await CheckAsync(""" "space": { "z": { "type": "int", "min": 0, "max": 9 } } """, "y2");
        Assert.False(wrong.TryGetProperty("most", out _));
        Assert.Equal(2, wrong.GetProperty("diagnostics").GetArrayLength());
        Assert.Contains("2 errors", wrong.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal(before, (await platform.GetJsonAsync("api/v1/sweeps?limit=500")).GetProperty("items").GetArrayLength());
    }

    private static object Request(string rest, string pipeline, string output) => new
    {
        sweep = $$"""{ "id": "test", "file": "bowl.json", "objective": { "output": "{{output}}", "direction": "minimize" }, {{rest}} }""",
        pipeline = new { pipeline },
    };

    private async Task<JsonElement> StartAsync(string rest, string pipeline = Bowl, string output = "y")
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/sweeps", Request(rest, pipeline, output), Cancel);
        JsonElement sweep = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Created, sweep.ToString());
        return sweep;
    }

    private Task<JsonElement> EndAsync(JsonElement sweep) => UntilAsync(sweep, s => s.TryGetProperty("endedAt", out _));

    private async Task<JsonElement> UntilAsync(JsonElement sweep, Func<JsonElement, bool> enough)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (true)
        {
            JsonElement now = await platform.GetJsonAsync($"api/v1/sweeps/{Id(sweep)}");
            if (enough(now))
                return now;
            await Task.Delay(50, deadline.Token);
        }
    }

    private static Guid Id(JsonElement sweep) => sweep.GetProperty("id").GetGuid();
}
