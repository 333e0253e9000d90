using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Experiments;

/// <summary>Requests as a tracking client sends them.</summary>
internal sealed class MlflowWorld(HttpClient client)
{
    /// <summary>The list of the experiment 0.</summary>
    public static readonly string[] Default = ["0"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async Task<JsonElement> PostAsync(string path, object body, string root = "api/2.0/mlflow") => await SendAsync(HttpMethod.Post, $"{root}/{path}", body);

    public Task<JsonElement> GetAsync(string path, string root = "api/2.0/mlflow") => SendAsync(HttpMethod.Get, $"{root}/{path}", null);

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body)
    {
        using HttpResponseMessage response = await AskAsync(method, path, body);
        string text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonElement.Parse(text);
    }

    /// <summary>What a refusal says: status, error code and message.</summary>
    public async Task<(int Status, string Error, string Message)> RefusedAsync(HttpMethod method, string path, object? body = null)
    {
        using HttpResponseMessage response = await AskAsync(method, path, body);
        JsonElement error = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        return ((int)response.StatusCode, error.GetProperty("error_code").GetString()!, error.GetProperty("message").GetString()!);
    }

    public Task<(int Status, string Error, string Message)> RefusedAsync(string path, object body) => RefusedAsync(HttpMethod.Post, "api/2.0/mlflow/" + path, body);

    public async Task<string> ExperimentAsync(string? name = null) =>
        (await PostAsync("experiments/create", new { name = name ?? "e" + Guid.NewGuid() })).GetProperty("experiment_id").GetString()!;

    public async Task<string> RunAsync(string experiment) =>
        (await PostAsync("runs/create", new { experiment_id = experiment, start_time = 1 })).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;

    public async Task<JsonElement> RunOfAsync(string id) => (await GetAsync($"runs/get?run_id={id}")).GetProperty("run");

    public async Task<int> PutFileAsync(string path, string content)
    {
        using HttpResponseMessage response = await client.PutAsync("api/2.0/mlflow-artifacts/artifacts/" + path, new StringContent(content), Cancel);
        return (int)response.StatusCode;
    }

    public async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, object? body)
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
            request.Content = body is string text ? new StringContent(text, System.Text.Encoding.UTF8, "application/json") : JsonContent.Create(body);
        return await client.SendAsync(request, Cancel);
    }

    public static Dictionary<string, string> Pairs(JsonElement list) =>
        list.EnumerateArray().ToDictionary(p => p.GetProperty("key").GetString()!, p => p.GetProperty("value").ToString());
}
