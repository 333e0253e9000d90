using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Experiments;

/// <summary>Files and models through a tracking client.</summary>
public sealed class MlflowFileTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private readonly MlflowWorld _mlflow = new(platform.Client);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Logged_files_are_listed_and_read_back()
    {
        string run = await _mlflow.RunAsync("0"), root = $"0/{run}/artifacts";
        foreach ((string path, string content) in ((string, string)[])[("model/MLmodel", "flavors"), ("model/data/w ü.bin", "weights"), ("a.txt", "text")])
            Assert.Equal(200, await _mlflow.PutFileAsync($"{root}/{path}", content));
        JsonElement top = await _mlflow.GetAsync($"artifacts/list?run_id={run}");
        Assert.Equal(($"mlflow-artifacts:/{root}", "a.txt:4 model/"), (top.GetProperty("root_uri").GetString(), Entries(top)));
        Assert.Equal("model/MLmodel:7 model/data/", Entries(await _mlflow.GetAsync($"artifacts/list?run_id={run}&path=model")));
        Assert.Equal("MLmodel:7 data/", Entries(await _mlflow.GetAsync($"artifacts?path={root}/model", "api/2.0/mlflow-artifacts")));
        HttpResponseMessage file = await platform.Client.GetAsync($"api/2.0/mlflow-artifacts/artifacts/{root}/model/data/w ü.bin", Cancel);
        Assert.Equal(("weights", "attachment"), (await file.Content.ReadAsStringAsync(Cancel), file.Content.Headers.ContentDisposition!.DispositionType));
        await _mlflow.SendAsync(HttpMethod.Delete, $"api/2.0/mlflow-artifacts/artifacts/{root}/model", null);
        Assert.Equal("a.txt:4", Entries(await _mlflow.GetAsync($"artifacts/list?run_id={run}")));
        Assert.Equal(404, (await _mlflow.RefusedAsync(HttpMethod.Get, $"api/2.0/mlflow-artifacts/artifacts/{root}/model/MLmodel")).Status);
    }

    [Theory]
    [InlineData("0/%2e%2e/%2e%2e/mlp.db")]
    [InlineData("a%5Cb")]
    [InlineData("a/%00")]
    [InlineData("a//b")]
    public async Task Paths_that_lead_elsewhere_are_refused(string path) => Assert.InRange(await _mlflow.PutFileAsync(path, "x"), 400, 404);

    [Fact]
    public async Task A_large_file_goes_through_without_the_limit_of_other_bodies()
    {
        string run = await _mlflow.RunAsync("0");
        byte[] bytes = new byte[40 << 20];
        new Random(7).NextBytes(bytes);
        using HttpResponseMessage put = await platform.Client.PutAsync($"api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/big", new ByteArrayContent(bytes), Cancel);
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(bytes, await platform.Client.GetByteArrayAsync($"api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/big", Cancel));
        Assert.Equal((501, "NOT_IMPLEMENTED"), ((int, string))(await _mlflow.RefusedAsync(HttpMethod.Post, "api/2.0/mlflow-artifacts/mpu/create/x", new { num_parts = 2 }) is var (s, e, _) ? (s, e) : default));
    }

    [Fact]
    public async Task A_logged_model_becomes_a_version_of_the_platforms_registry()
    {
        string run = await _mlflow.RunAsync("0"), name = "m" + Guid.NewGuid().ToString("N");
        await _mlflow.PostAsync("runs/log-metric", new { run_id = run, key = "auc", value = 0.8, timestamp = 1 });
        await _mlflow.PutFileAsync($"0/{run}/artifacts/model/MLmodel", "flavors");
        Assert.Equal(404, (await _mlflow.RefusedAsync("model-versions/create", new { name, source = "x" })).Status);
        await _mlflow.PostAsync("registered-models/create", new { name, description = "about" });
        Assert.Equal("RESOURCE_ALREADY_EXISTS", (await _mlflow.RefusedAsync("registered-models/create", new { name })).Error);
        Assert.Equal(400, (await _mlflow.RefusedAsync("model-versions/create", new { name, source = "s3://elsewhere/x" })).Status);
        Assert.Equal(400, (await _mlflow.RefusedAsync("model-versions/create", new { name, source = $"mlflow-artifacts:/0/{run}/artifacts/none" })).Status);
        for (int version = 1; version <= 2; version++)
        {
            JsonElement made = (await _mlflow.PostAsync("model-versions/create", new { name, source = $"mlflow-artifacts:/0/{run}/artifacts/model", run_id = run, tags = new[] { new { key = "k", value = "v" } } })).GetProperty("model_version");
            Assert.Equal(($"{version}", "READY", run, "None"), (made.GetProperty("version").GetString(), made.GetProperty("status").GetString(), made.GetProperty("run_id").GetString(), made.GetProperty("current_stage").GetString()));
        }
        await _mlflow.PostAsync("registered-models/alias", new { name, alias = "champion", version = "2" });
        await _mlflow.PostAsync("model-versions/transition-stage", new { name, version = "1", stage = "production", archive_existing_versions = false });
        await _mlflow.PostAsync("model-versions/transition-stage", new { name, version = "2", stage = "Production", archive_existing_versions = true });

        JsonElement ours = await platform.GetJsonAsync($"api/v1/models/{name}");
        Assert.Equal((2, "champion", 0.8), (ours.GetArrayLength(), ours[0].GetProperty("aliases")[0].GetString(), ours[0].GetProperty("metrics").GetProperty("auc").GetDouble()));
        Assert.Equal("Archived", (await _mlflow.GetAsync($"model-versions/get?name={name}&version=1")).GetProperty("model_version").GetProperty("current_stage").GetString());
        Assert.Equal("2", (await _mlflow.GetAsync($"registered-models/alias?name={name}&alias=champion")).GetProperty("model_version").GetProperty("version").GetString());
        Assert.Equal(2, (await _mlflow.GetAsync($"model-versions/search?filter=name%3D'{name}'")).GetProperty("model_versions").GetArrayLength());
        Assert.Equal(name, Assert.Single((await _mlflow.GetAsync($"registered-models/search?filter=name%20ILIKE%20'{name.ToUpperInvariant()}'")).GetProperty("registered_models").EnumerateArray()).GetProperty("name").GetString());
        string uri = (await _mlflow.GetAsync($"model-versions/get-download-uri?name={name}&version=2")).GetProperty("artifact_uri").GetString()!;
        Assert.Equal("flavors", await platform.Client.GetStringAsync($"api/2.0/mlflow-artifacts/artifacts/{uri["mlflow-artifacts:/".Length..]}/MLmodel", Cancel));
        await _mlflow.SendAsync(HttpMethod.Delete, "api/2.0/mlflow/registered-models/alias", new { name, alias = "champion" });
        Assert.Equal(404, (await _mlflow.RefusedAsync(HttpMethod.Get, $"api/2.0/mlflow/registered-models/alias?name={name}&alias=champion")).Status);
        Assert.Equal((501, "NOT_IMPLEMENTED"), ((int, string))(await _mlflow.RefusedAsync(HttpMethod.Delete, "api/2.0/mlflow/registered-models/delete", new { name }) is var (s, e, _) ? (s, e) : default));
    }

    [Fact]
    public async Task Newer_clients_log_models_of_their_own()
    {
        string run = await _mlflow.RunAsync("0"), name = "n" + Guid.NewGuid().ToString("N");
        JsonElement model = (await _mlflow.PostAsync("logged-models", new { experiment_id = "0", name = "ctr", source_run_id = run, @params = new[] { new { key = "dim", value = "8" } } })).GetProperty("model");
        string id = model.GetProperty("info").GetProperty("model_id").GetString()!, uri = model.GetProperty("info").GetProperty("artifact_uri").GetString()!;
        await _mlflow.PutFileAsync($"{uri["mlflow-artifacts:/".Length..]}/MLmodel", "flavors");
        await _mlflow.SendAsync(HttpMethod.Patch, $"api/2.0/mlflow/logged-models/{id}", new { model_id = id, status = "LOGGED_MODEL_READY" });
        await _mlflow.SendAsync(HttpMethod.Patch, $"api/2.0/mlflow/logged-models/{id}/tags", new { tags = new[] { new { key = "t", value = "1" } } });
        JsonElement now = (await _mlflow.GetAsync($"logged-models/{id}")).GetProperty("model").GetProperty("info");
        Assert.Equal(("LOGGED_MODEL_READY", "1"), (now.GetProperty("status").GetString(), now.GetProperty("tags")[0].GetProperty("value").GetString()));
        Assert.Equal(id, Assert.Single((await _mlflow.PostAsync("logged-models/search", new { experiment_ids = MlflowWorld.Default, filter = $"source_run_id = '{run}' AND params.dim = '8'" })).GetProperty("models").EnumerateArray()).GetProperty("info").GetProperty("model_id").GetString());
        await _mlflow.PostAsync("registered-models/create", new { name });
        Assert.Equal(id, (await _mlflow.PostAsync("model-versions/create", new { name, source = $"models:/{id}", run_id = run, model_id = id })).GetProperty("model_version").GetProperty("model_id").GetString());
    }

    private static string Entries(JsonElement answer) => string.Join(' ', answer.GetProperty("files").EnumerateArray()
        .Select(f => f.GetProperty("is_dir").GetBoolean() ? f.GetProperty("path").GetString() + "/" : $"{f.GetProperty("path").GetString()}:{f.GetProperty("file_size").GetInt64()}"));
}
