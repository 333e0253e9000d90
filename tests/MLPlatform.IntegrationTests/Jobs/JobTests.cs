using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Code;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Idempotency;
using Xunit;

namespace MLPlatform.IntegrationTests.Jobs;

/// <summary>Training jobs over HTTP.</summary>
public sealed class JobTests(CodePlatform platform) : IClassFixture<CodePlatform>
{
    private readonly string _id = "job-" + Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_runs_its_code_in_its_framework_with_the_parameters_that_were_given()
    {
        GitRepository repository = platform.Repository("train.py", """
            import json, os
            folder = os.environ["MLP_ATTEMPT_DIR"]
            inputs = json.load(open(folder + "/inputs.json"))
            json.dump({"said": inputs["parameters"], "words": inputs["command"]}, open(folder + "/outputs.json", "w"))
            """);
        JsonElement job = await platform.PostAsync("api/v1/jobs", new
        {
            job = new { id = _id, code = new { git = repository.Folder }, framework = "torch-1.13", preset = "script", parameters = new { epochs = 5 } },
            parameters = new { learningRate = "0.5" },
        });
        Assert.Equal(_id, job.GetProperty("pipeline").GetString());
        JsonElement run = await platform.WaitAsync(job.GetProperty("runs")[0].GetProperty("id").GetGuid(), "succeeded");
        JsonElement said = Outputs(run).GetProperty("said");
        Assert.Equal((5, 0.5, 64), (said.GetProperty("epochs").GetInt32(), said.GetProperty("learningRate").GetDouble(), said.GetProperty("batchSize").GetInt32()));
        Assert.Equal("/usr/bin/python3", Outputs(run).GetProperty("words")[0].GetString());
    }

    [Fact]
    public async Task A_list_of_combinations_starts_a_run_for_each_or_none_at_all()
    {
        object job = new { id = _id, command = (string[])["sh", "-c", """grep -o '"dim":[0-9]*' "$MLP_ATTEMPT_DIR/inputs.json" | tail -1 | sed 's/.*/{&}/' > "$MLP_ATTEMPT_DIR/outputs.json" """], parameters = new { dim = 1, seed = 1 } };
        JsonElement submitted = await platform.PostAsync("api/v1/jobs", new { job, combinations = new[] { new { dim = 8 }, new { dim = 16 }, new { dim = 32 } } });
        List<int> dims = [];
        foreach (JsonElement run in submitted.GetProperty("runs").EnumerateArray())
            dims.Add(Outputs(await platform.WaitAsync(run.GetProperty("id").GetGuid(), "succeeded")).GetProperty("dim").GetInt32());
        Assert.Equal([8, 16, 32], dims);
        using HttpResponseMessage refused = await platform.Client.PostAsJsonAsync("api/v1/jobs", new { job, combinations = new object[] { new { dim = 8 }, new { dim = "many" } } }, Cancel);
        await ProblemAssert.IsAsync(refused, 422, "API-013");
        Assert.Equal(3, (await platform.GetJsonAsync($"api/v1/runs?pipeline={_id}")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_list_that_is_submitted_twice_with_one_key_starts_once()
    {
        object body = new { job = new { id = _id, command = (string[])["true"], parameters = new { dim = 1 } }, combinations = new[] { new { dim = 8 }, new { dim = 16 } } };
        List<string> answers = [];
        for (int i = 0; i < 2; i++)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/jobs") { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", _id } } };
            using HttpResponseMessage response = await platform.Client.SendAsync(request, Cancel);
            answers.Add(string.Join(' ', (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("id").GetString())));
        }
        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(answers[0].Split(' ').Order(StringComparer.Ordinal), answers[0].Split(' '));
        Assert.Equal(2, (await platform.GetJsonAsync($"api/v1/runs?pipeline={_id}")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public void Runs_of_one_request_have_ids_that_follow_from_it_and_sort_by_their_place()
    {
        RunIdFeature feature = new(new RunId(Guid.CreateVersion7()));
        List<string> ids = [.. Enumerable.Range(0, 1000).Select(i => feature.Of(i).ToString())];
        Assert.Equal(ids, Enumerable.Range(0, 1000).Select(i => feature.Of(i).ToString()));
        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
        Assert.Equal(7, feature.Of(999).Value.Version);
    }

    [Fact]
    public async Task A_job_with_triggers_is_registered_and_not_run()
    {
        JsonElement job = await platform.PostAsync("api/v1/jobs", new { job = new { id = _id, command = (string[])["true"], schedule = new { triggers = new[] { new { type = "cron", cron = "0 3 1 1 *" } } } } });
        Assert.Equal((1, 0), (job.GetProperty("revision").GetInt32(), job.GetProperty("runs").GetArrayLength()));
        Assert.Equal(_id, (await platform.GetJsonAsync($"api/v1/pipelines/{_id}")).GetProperty("pipeline").GetProperty("id").GetString());
    }

    [Fact]
    public async Task Mistakes_are_told_and_start_nothing()
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/jobs", new { job = new { id = _id, framework = "torch-1.31", command = (string[])["x"] } }, Cancel);
        JsonElement problem = await ProblemAssert.IsAsync(response, 422, "JOB-023");
        Assert.Equal("JOB-020", problem.GetProperty("diagnostics")[0].GetProperty("code").GetString());
        Assert.Contains("torch-1.13", problem.GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frameworks_are_listed_with_their_presets()
    {
        JsonElement all = await platform.GetJsonAsync("api/v1/frameworks");
        string?[] registered = [.. all.GetProperty("registered").EnumerateArray().Select(f => f.GetProperty("name").GetString())]; // Other tests may have.
        Assert.Equal(["python-3", "tensorflow-2.x", "torch-1.13", "vlps-1"], all.GetProperty("frameworks").EnumerateArray().Select(f => f.GetProperty("name").GetString()).Except(registered));
        Assert.Equal(0, all.GetProperty("problems").GetArrayLength());
        Assert.Equal("integer", (await platform.GetJsonAsync("api/v1/frameworks/torch-1.13")).GetProperty("presets").GetProperty("script").GetProperty("parameters").GetProperty("epochs").GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_framework_is_registered_in_versions_and_jobs_may_stay_with_one()
    {
        string name = "own-" + _id;
        object Framework(string says) => new
        {
            name,
            owner = "reco",
            command = (string[])["sh", "-c"],
            presets = new { say = new { owner = "ann", command = (string[])[$$"""echo '{"said":"{{says}}"}' > "$MLP_ATTEMPT_DIR/outputs.json" """] } },
        };
        async Task<string> SaidAsync(string framework) => Outputs(await platform.WaitAsync(
            (await platform.PostAsync("api/v1/jobs", new { job = new { id = _id, framework, preset = "say" } })).GetProperty("runs")[0].GetProperty("id").GetGuid(), "succeeded")).GetProperty("said").GetString()!;

        Assert.Equal(1, (await platform.PostAsync("api/v1/frameworks", new { framework = Framework("one"), note = "first" })).GetProperty("version").GetInt32());
        Assert.Equal(1, (await platform.PostAsync("api/v1/frameworks", new { framework = Framework("one") })).GetProperty("version").GetInt32());
        Assert.Equal(2, (await platform.PostAsync("api/v1/frameworks", new { framework = Framework("two"), based = 1 })).GetProperty("version").GetInt32());
        using HttpResponseMessage late = await platform.Client.PostAsJsonAsync("api/v1/frameworks", new { framework = Framework("three"), based = 1 }, Cancel);
        await ProblemAssert.IsAsync(late, 409, "JOB-012");
        Assert.Equal(("two", "one"), (await SaidAsync(name), await SaidAsync(name + "@1")));
        JsonElement compiled = await platform.PostAsync("api/v1/jobs/compile", new { job = new { id = _id, framework = name + "@1", preset = "say" } });
        Assert.Equal("1", compiled.GetProperty("basic").GetProperty("labels").GetProperty("job.frameworkVersion").GetString());
        Assert.Equal([2, 1], (await platform.GetJsonAsync($"api/v1/frameworks/{name}/versions")).EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));
        await platform.PostAsync($"api/v1/code/framework.{name}/rollback", new { version = 1 });
        Assert.Equal("one", await SaidAsync(name));
        using HttpResponseMessage none = await platform.Client.PostAsJsonAsync("api/v1/jobs", new { job = new { id = _id, framework = name + "@9", preset = "say" } }, Cancel);
        await ProblemAssert.IsAsync(none, 422, "JOB-023");
    }

    [Fact]
    public async Task Artifacts_are_named_as_runs_show_them_and_datasets_by_name()
    {
        Guid run = await platform.StartAsync("""
            { "id": "maker", "activities": {
                "make": { "type": "train.script", "inputs": { "command": ["sh", "-c", "mkdir -p $MLP_ATTEMPT_DIR/scratch/m && echo 1234567 > $MLP_ATTEMPT_DIR/scratch/m/f && echo '{\"m\":{\"$file\":\"scratch/m\",\"kind\":\"folder\"}}' > $MLP_ATTEMPT_DIR/outputs.json"] } } },
              "outputs": { "m": "${{ activities.make.outputs.m }}" } }
            """);
        JsonElement made = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs").GetProperty("m");
        string hash = made.GetProperty("$artifact").GetString()!;
        string echo = "echo \"{\\\"said\\\":$(grep -o '{\"$artifact\"[^}]*}' \"$MLP_ATTEMPT_DIR/inputs.json\" | tail -1)}\" > \"$MLP_ATTEMPT_DIR/outputs.json\"";
        string name = "art-" + _id;
        await platform.PostAsync("api/v1/frameworks", new { framework = new { name, owner = "reco", command = (string[])["sh", "-c"], presets = new { show = new { command = (string[])[echo], parameters = new { table = new { type = "object" } } } } } });
        object[] ways = [hash, new Dictionary<string, string> { ["$artifact"] = hash }, made];
        foreach (object way in ways)
        {
            // In the job itself, and given with it, as text does from a command line.
            foreach (object request in (object[])[
                new { job = new { id = _id, framework = name, preset = "show", parameters = new { table = way } } },
                new { job = new { id = _id, framework = name, preset = "show" }, parameters = new { table = way is string ? way : JsonSerializer.Serialize(way) } }])
            {
                JsonElement job = await platform.PostAsync("api/v1/jobs", request);
                JsonElement said = Outputs(await platform.WaitAsync(job.GetProperty("runs")[0].GetProperty("id").GetGuid(), "succeeded")).GetProperty("said");
                Assert.Equal((hash, "folder", 8), (said.GetProperty("$artifact").GetString(), said.GetProperty("kind").GetString(), said.GetProperty("bytes").GetInt32()));
            }
        }
        foreach (string stray in (string[])["sha256:" + new string('0', 64), "dataset:none", "dataset:none@x"])
        {
            using HttpResponseMessage refused = await platform.Client.PostAsJsonAsync("api/v1/jobs", new { job = new { id = _id, framework = name, preset = "show", parameters = new { table = stray } } }, Cancel);
            await ProblemAssert.IsAsync(refused, 422, "API-015");
        }
    }

    [Theory]
    [InlineData("""{ "name": "x-1", "command": ["sh"] }""", "JOB-042")]
    [InlineData("""{ "name": "x-1", "owner": "reco", "activity": "train.scrip" }""", "JOB-042")]
    [InlineData("""{ "name": "x-1", "owner": "reco", "activity": "data.clean" }""", "JOB-042")]
    [InlineData("""{ "name": "x-1", "owner": "reco", "comand": ["sh"] }""", "PIPE-005")]
    [InlineData("""{ "name": "x 1", "owner": "reco" }""", "PIPE-008")]
    public async Task What_is_no_framework_is_not_registered(string framework, string code)
    {
        using HttpResponseMessage refused = await platform.Client.PostAsJsonAsync("api/v1/frameworks", new { framework }, Cancel);
        JsonElement problem = await ProblemAssert.IsAsync(refused, 422, "JOB-043");
        Assert.Equal(code, problem.GetProperty("diagnostics")[0].GetProperty("code").GetString());
        await ProblemAssert.IsAsync(await platform.Client.GetAsync("api/v1/frameworks/x-1/versions", Cancel), 404, "API-004");
    }

    [Fact]
    public async Task A_framework_of_the_servers_folders_wins_and_is_not_registered_over()
    {
        string name = "fixed-" + _id, file = Path.Combine(platform.Frameworks, name + ".json");
        await File.WriteAllTextAsync(file, $$"""{ "name": "{{name}}", "command": ["sh"] }""", Cancel);
        try
        {
            using HttpResponseMessage refused = await platform.Client.PostAsJsonAsync("api/v1/frameworks", new { framework = new { name, owner = "reco" } }, Cancel);
            await ProblemAssert.IsAsync(refused, 409, "JOB-040");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static JsonElement Outputs(JsonElement run) => run.GetProperty("activities")[0].GetProperty("outputs");
}
