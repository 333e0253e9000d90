using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Server.Hosting;
using MLPlatform.Storage;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>The whole platform on a free port of 127.0.0.1, with a home folder of its own and real SQLite.</summary>
public class TestPlatform : IAsyncLifetime
{
    private readonly bool _tokens;
    private WebApplication? _app;
    private HomeLock? _lock;

    public TestPlatform()
        : this(tokens: false)
    {
    }

    protected TestPlatform(bool tokens) => _tokens = tokens;

    /// <summary>Settings over the shipped ones.</summary>
    protected virtual Dictionary<string, string?> Overrides => [];

    /// <summary>Whether it only lives as long as the test asks, without loops of its own.</summary>
    protected virtual bool IsEmbedded => true;

    public string Home { get; } = Path.Combine(Path.GetTempPath(), "mlp-test-" + Guid.NewGuid().ToString("N"));

    /// <summary>The secret that the first start showed, where tokens are required.</summary>
    public string? AdminToken { get; private set; }

    public HttpClient Client { get; private set; } = null!;

    public IServiceProvider Services => _app!.Services;

    public async ValueTask InitializeAsync()
    {
        _lock = HomeLock.TryTake(Home, out _) ?? throw new InvalidOperationException("a fresh home folder is taken");
        _app = PlatformHost.Build(new HostSettings
        {
            Home = Home,
            Address = "http://127.0.0.1:0",
            Embedded = IsEmbedded,
            Overrides = new Dictionary<string, string?>(Overrides) { ["Auth:Required"] = _tokens ? "true" : "false" },
        });
        AdminToken = await PlatformHost.StartAsync(_app, TestContext.Current.CancellationToken);
        Client = ClientFor(AdminToken);
    }

    public virtual async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        _lock?.Dispose();
        Directory.Delete(Home, recursive: true);
        GC.SuppressFinalize(this);
    }

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    public HttpClient ClientFor(string? token)
    {
        HttpClient client = new() { BaseAddress = new Uri(_app!.Urls.First() + "/"), Timeout = TimeSpan.FromSeconds(60) };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<JsonElement> GetJsonAsync(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"GET {path}: {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Starts a run of a file and returns its id.</summary>
    public async Task<Guid> StartAsync(string pipeline, object? parameters = null)
    {
        using HttpResponseMessage response = await Client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline }, parameters });
        JsonElement run = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.StatusCode == System.Net.HttpStatusCode.Created, run.ToString());
        return run.GetProperty("id").GetGuid();
    }

    /// <summary>The run once it is in that state, or its activity is, where one is named.</summary>
    public async Task<JsonElement> WaitAsync(Guid run, string state, string? activity = null)
    {
        return await Eventually.SeeAsync($"{activity ?? "run"} {run} to be {state}", () => GetJsonAsync($"api/v1/runs/{run}"), IsThere);

        bool IsThere(JsonElement now)
        {
            JsonElement watched = activity is null ? now : now.GetProperty("activities").EnumerateArray()
                .FirstOrDefault(a => a.GetProperty("name").GetString() == activity);
            return watched.ValueKind == JsonValueKind.Object && watched.GetProperty("state").GetString() == state;
        }
    }
}

/// <summary>The same, asking for tokens.</summary>
public sealed class TokenPlatform() : TestPlatform(tokens: true);

/// <summary>What tests expect of a problem.</summary>
internal static class ProblemAssert
{
    public static async Task<JsonElement> IsAsync(HttpResponseMessage response, int status, string code)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True((int)response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonElement.Parse(text);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"urn:mlplatform:{code}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
        return problem;
    }
}

/// <summary>Pipelines that need no worker.</summary>
internal static class Flows
{
    public const string Chain = """
        {
          "id": "chain",
          "parameters": { "size": { "type": "integer", "default": 2, "minimum": 1 }, "data": { "type": "string", "format": "path", "default": "in.csv" } },
          "activities": {
            "first": { "type": "control.noop" },
            "each": { "type": "control.noop", "forEach": [1, 2], "dependsOn": ["first"] },
            "last": { "type": "control.noop", "dependsOn": ["each"] }
          },
          "outputs": { "size": "${{ parameters.size }}", "data": "${{ parameters.data }}" }
        }
        """;

    /// <summary>Waits an hour, unless it is cancelled.</summary>
    public const string Long = """{ "id": "long", "activities": { "wait": { "type": "control.wait", "inputs": { "duration": "PT1H" } }, "after": { "type": "control.noop", "dependsOn": ["wait"] } } }""";

    /// <summary>Fails: control.wait takes a duration or an instant, not neither.</summary>
    public const string Failing = """{ "id": "failing", "activities": { "good": { "type": "control.noop" }, "bad": { "type": "control.wait", "dependsOn": ["good"] }, "after": { "type": "control.noop", "dependsOn": ["bad"] } } }""";
}
