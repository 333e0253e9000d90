using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Deployments;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Deploying and scoring over HTTP.</summary>
public sealed class ServingTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Raw_rows_go_in_and_scores_version_and_request_id_come_out()
    {
        await SmallModels.RegisterAsync(platform, _name, "a");
        await DeployAsync(new { version = 1 });
        JsonElement answer = await ScoreAsync(new { rows = new object[] { new { app = "a", price = 1.5 }, new { app = "b" }, new { app = "zzz", price = (double?)null, extra = "ignored" } }, requestId = "r1" });
        Assert.Equal(("r1", 1, "champion", _name), (answer.GetProperty("requestId").GetString(), answer.GetProperty("version").GetInt32(), answer.GetProperty("role").GetString(), answer.GetProperty("model").GetString()));
        float[] scores = [.. answer.GetProperty("scores").EnumerateArray().Select(s => s.GetSingle())];
        Assert.Equal(3, scores.Length);
        Assert.True(scores[0] > 0.5 && scores[1] < 0.3, $"{scores[0]}, {scores[1]}");
        JsonElement other = await ScoreAsync(new { rows = new[] { new { app = "a" } } });
        Assert.NotEqual("r1", other.GetProperty("requestId").GetString());
    }

    [Fact]
    public async Task Keys_stay_with_their_version_and_promoting_moves_everyone()
    {
        await SmallModels.RegisterAsync(platform, _name, "a", "b");
        await DeployAsync(new { version = 1, settings = new { keyColumn = "user" } });
        await DeployAsync(new { version = 2, role = "canary", percent = 50 });
        Dictionary<string, int> first = [], again = [];
        for (int i = 0; i < 40; i++)
            first[$"u{i}"] = Version(await ScoreAsync(new { rows = new[] { new { app = "a", user = $"u{i}" } } }));
        foreach (string user in first.Keys)
            again[user] = Version(await ScoreAsync(new { rows = new[] { new { app = "a" } }, key = user }));
        Assert.Equal(first, again);
        Assert.InRange(first.Values.Count(v => v == 2), 8, 32);
        await ChangeAsync("promote", new { reason = "better" });
        Assert.Equal(2, Version(await ScoreAsync(new { rows = new[] { new { app = "a" } }, key = first.First(f => f.Value == 1).Key })));
        await ChangeAsync("rollback", new { });
        JsonElement now = await platform.GetJsonAsync($"api/v1/deployments/{_name}");
        Assert.Equal((1, 4, 4), (now.GetProperty("champion").GetInt32(), now.GetProperty("revision").GetInt32(), now.GetProperty("serving").GetInt32()));
        JsonElement history = await platform.GetJsonAsync($"api/v1/deployments/{_name}/history");
        Assert.Equal(["rollback", "promote", "deploy", "deploy"], history.GetProperty("items").EnumerateArray().Select(h => h.GetProperty("action").GetString()!));
        await ProblemAssert.IsAsync(await PostAsync("rollback", new { }), 409, "SERVE-004");
    }

    [Fact]
    public async Task A_further_version_is_of_the_model_that_is_served_already()
    {
        string model = _name + "-model";
        await SmallModels.RegisterAsync(platform, model, "a", "b");
        await DeployAsync(new { version = 1, model });
        await DeployAsync(new { version = 2, role = "canary", percent = 50 });
        JsonElement now = await platform.GetJsonAsync($"api/v1/deployments/{_name}");
        Assert.Equal((model, 2), (now.GetProperty("model").GetString(), now.GetProperty("candidates")[0].GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task The_open_inference_protocol_gives_the_same_scores()
    {
        await SmallModels.RegisterAsync(platform, _name, "a", "b");
        await DeployAsync(new { version = 1 });
        await DeployAsync(new { version = 2, role = "shadow" });
        JsonElement model = await platform.GetJsonAsync($"v2/models/{_name}");
        Assert.Equal(["1", "2"], model.GetProperty("versions").EnumerateArray().Select(v => v.GetString()!));
        Assert.Equal(["app BYTES", "price FP64"], model.GetProperty("inputs").EnumerateArray().Select(i => $"{i.GetProperty("name").GetString()} {i.GetProperty("datatype").GetString()}").Order());
        object inputs = new object[] { new { name = "app", shape = new[] { 2 }, datatype = "BYTES", data = new[] { "a", "b" } }, new { name = "price", shape = new[] { 2, 1 }, datatype = "FP32", data = new[] { new[] { 1.5 }, [0.5] } } };
        JsonElement raw = await ScoreAsync(new { rows = new[] { new { app = "a", price = 1.5 }, new { app = "b", price = 0.5 } } });
        foreach ((string path, string version, bool same) in new[] { ("infer", "1", true), ("versions/2/infer", "2", false) })
        {
            using HttpResponseMessage response = await platform.Client.PostAsJsonAsync($"v2/models/{_name}/{path}", new { id = "i1", inputs }, Cancel);
            JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
            Assert.True(response.IsSuccessStatusCode, answer.ToString());
            Assert.Equal((_name, version, "i1"), (answer.GetProperty("model_name").GetString(), answer.GetProperty("model_version").GetString(), answer.GetProperty("id").GetString()));
            JsonElement output = answer.GetProperty("outputs")[0];
            Assert.Equal(("score", "FP32", 2), (output.GetProperty("name").GetString(), output.GetProperty("datatype").GetString(), output.GetProperty("shape")[0].GetInt32()));
            Assert.Equal(same, output.GetProperty("data").GetRawText() == raw.GetProperty("scores").GetRawText());
        }
        Assert.True((await platform.GetJsonAsync($"v2/models/{_name}/versions/2/ready")).GetProperty("ready").GetBoolean());
        Assert.True((await platform.GetJsonAsync("v2/health/live")).GetProperty("live").GetBoolean());
        Assert.Equal("mlplatform", (await platform.GetJsonAsync("v2")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task What_does_not_fit_is_told()
    {
        await SmallModels.RegisterAsync(platform, _name, "a");
        await DeployAsync(new { version = 1 });
        await ProblemAssert.IsAsync(await PostAsync("score", new { rows = Array.Empty<object>() }), 400, "SERVE-002");
        await ProblemAssert.IsAsync(await PostAsync("score", new { rows = new object[] { new { app = "a" }, 5 } }), 400, "SERVE-002");
        JsonElement text = await ProblemAssert.IsAsync(await PostAsync("score", new { rows = new object[] { new { app = "a", price = (object)1.5 }, new { app = "b", price = "cheap" } } }), 400, "SERVE-008");
        Assert.Contains("the column 'price' is a number, and row 1 has 'cheap'", text.ToString(), StringComparison.Ordinal);
        await ScoreAsync(new { rows = new object[] { new { app = 5, price = "1.5" }, new { app = "b", price = (string?)null } } }); // A text that is a number is one, and an id may be anything.
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/deployments/none/score", new { rows = new[] { new { } } }, Cancel), 404, "API-004");
        await ProblemAssert.IsAsync(await PostAsync("deploy", new { version = 9 }), 400, "SERVE-006");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/deployments/.x/deploy", new { version = 1, model = _name }, Cancel), 400, "API-003");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/deployments/x%0A/deploy", new { version = 1, model = _name }, Cancel), 400, "API-003");
        foreach ((object inputs, string part) in new (object, string)[]
        {
            (new[] { new { name = "app", shape = new[] { 1 }, datatype = "BYTES", data = new[] { "a" } } }, "'price' is missing"),
            (new[] { new { name = "nope", shape = new[] { 1 }, datatype = "BYTES", data = new[] { "a" } } }, "no input 'nope'"),
            (new[] { new { name = "app", shape = new[] { 2 }, datatype = "BYTES", data = new[] { "a" } }, new { name = "price", shape = new[] { 2 }, datatype = "FP32", data = new[] { "a", "b" } } }, "1 values for 2 rows"),
            (new[] { new { name = "app", shape = new[] { 1 }, datatype = "BYTES", data = new[] { "a" } }, new { name = "price", shape = new[] { 1 }, datatype = "BYTES", data = new[] { "cheap" } } }, "'price' is a number, and row 0 has 'cheap'"),
            (new object?[] { null }, "input 0"),
        })
        {
            using HttpResponseMessage response = await platform.Client.PostAsJsonAsync($"v2/models/{_name}/infer", new { inputs }, Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(part, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString());
        }
        using StringContent half = new("""{"inputs": [{"name":"app","shape":[1],"datatype":"BYTES","data":["\ud800"]},{"name":"price","shape":[1],"datatype":"FP32","data":[1]}]}""");
        half.Headers.ContentType = new("application/json");
        using HttpResponseMessage noText = await platform.Client.PostAsync($"v2/models/{_name}/infer", half, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, noText.StatusCode);
        using HttpResponseMessage noInputs = await platform.Client.PostAsJsonAsync($"v2/models/{_name}/infer", new { inputs = 5 }, Cancel);
        Assert.StartsWith("API-003 ", (await noInputs.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("error").GetString(), StringComparison.Ordinal);
        using HttpResponseMessage unknown = await platform.Client.GetAsync($"v2/models/{_name}/versions/7", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_version_that_cannot_be_loaded_is_refused_and_what_is_served_goes_on()
    {
        await SmallModels.RegisterAsync(platform, _name, "a");
        await DeployAsync(new { version = 1 });
        await platform.Get<IModelRegistry>().RegisterAsync(
            new ModelRegistration(_name, new ArtifactRef("sha256:" + new string('0', 64), "model", 1), new AttemptId(new RunId(Guid.NewGuid()), 0, 1), "{}", null), Cancel);
        await ProblemAssert.IsAsync(await PostAsync("deploy", new { version = 2 }), 409, "SERVE-003");
        Assert.Equal(1, Version(await ScoreAsync(new { rows = new[] { new { app = "a" } } })));
    }

    [Fact]
    public async Task A_run_deploys_the_model_it_made()
    {
        ArtifactRef model = (await SmallModels.RegisterAsync(platform, "other-" + _name, "a"))[0].Artifact;
        string pipeline = $$"""{ "id": "{{_name}}", "activities": { "deploy": { "type": "model.deploy", "inputs": { "model": { "$artifact": "{{model.Hash}}", "kind": "model", "bytes": {{model.Bytes}} } } } }, "outputs": { "version": "${{"{{"}} activities.deploy.outputs.version {{"}}"}}" } }""";
        JsonElement run = await platform.WaitAsync(await platform.StartAsync(pipeline), "succeeded");
        Assert.Equal(1, run.GetProperty("outputs").GetProperty("version").GetInt32());
        Assert.Equal(1, Version(await ScoreAsync(new { rows = new[] { new { app = "a" } } })));
        await platform.WaitAsync(await platform.StartAsync(pipeline), "succeeded");
        JsonElement now = await platform.GetJsonAsync($"api/v1/deployments/{_name}");
        Assert.Equal((1, 1), (now.GetProperty("revision").GetInt32(), now.GetProperty("champion").GetInt32()));
    }

    [Fact]
    public async Task A_deleted_deployment_answers_no_more()
    {
        await SmallModels.RegisterAsync(platform, _name, "a");
        await DeployAsync(new { version = 1 });
        await ScoreAsync(new { rows = new[] { new { app = "a" } } });
        Assert.Equal(HttpStatusCode.NoContent, (await platform.Client.DeleteAsync($"api/v1/deployments/{_name}", Cancel)).StatusCode);
        await ProblemAssert.IsAsync(await PostAsync("score", new { rows = new[] { new { } } }), 404, "API-004");
    }

    [Fact]
    public async Task Swapping_versions_under_load_drops_no_request_and_every_score_is_of_the_version_it_names()
    {
        await SmallModels.RegisterAsync(platform, _name, "a", "b");
        float[] expected = new float[3];
        foreach (int version in (int[])[2, 1])
        {
            await DeployAsync(new { version });
            expected[version] = (await ScoreAsync(new { rows = new[] { new { app = "a", price = 1.0 } } })).GetProperty("scores")[0].GetSingle();
        }
        Assert.NotEqual(expected[1], expected[2]);
        using CancellationTokenSource stop = new();
        int[] answered = new int[3];
        List<string> wrong = [];
        Task[] clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                using HttpResponseMessage response = await PostAsync("score", new { rows = new[] { new { app = "a", price = 1.0 } } });
                JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
                if (!response.IsSuccessStatusCode || answer.GetProperty("scores")[0].GetSingle() != expected[Version(answer)])
                {
                    lock (wrong)
                        wrong.Add(answer.ToString());
                    return;
                }
                Interlocked.Increment(ref answered[Version(answer)]);
            }
        }, Cancel))];
        for (int swap = 0; swap < 30; swap++)
        {
            await DeployAsync(new { version = 2 - swap % 2 });
            if (swap % 5 == 0)
                await platform.Get<ServingTable>().RefreshAllAsync(Cancel);
        }
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(wrong);
        Assert.True(answered[1] > 0 && answered[2] > 0, string.Join(", ", answered));
    }

    private static int Version(JsonElement answer) => answer.GetProperty("version").GetInt32();

    private Task<HttpResponseMessage> PostAsync(string verb, object body) => platform.Client.PostAsJsonAsync($"api/v1/deployments/{_name}/{verb}", body, Cancel);

    private Task<JsonElement> DeployAsync(object body) => ChangeAsync("deploy", body);

    private Task<JsonElement> ScoreAsync(object body) => ChangeAsync("score", body);

    private async Task<JsonElement> ChangeAsync(string verb, object body)
    {
        using HttpResponseMessage response = await PostAsync(verb, body);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.IsSuccessStatusCode, answer.ToString());
        return answer;
    }
}
