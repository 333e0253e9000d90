using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Workspaces;

/// <summary>The platform with the real Jupyter of this machine, looking at sessions all the time.</summary>
public class WorkspacePlatform : TestPlatform
{
    public WorkspacePlatform()
        : this(tokens: false)
    {
    }

    protected WorkspacePlatform(bool tokens)
        : base(tokens)
    {
    }

    protected override bool IsEmbedded => false;

    protected override Dictionary<string, string?> Overrides => new()
    {
        ["Workspaces:Pause"] = "00:00:00.100",
        ["Workspaces:WarnBefore"] = "00:00:01",
        // A page that loads or a kernel that starts would be work for a moment: these tests are about kernels and pages.
        ["Workspaces:IdleCores"] = "100",
        ["Logging:LogLevel:Default"] = "Error",
        ["Engine:Cpu"] = "16",
    };

    /// <summary>A workspace once its notebook server answers.</summary>
    public async Task<Guid> CreateAsync(string name, string idle = "PT1H", HttpClient? client = null)
    {
        Jupyter.SkipUnlessInstalled();
        using HttpResponseMessage made = await (client ?? Client).PostAsJsonAsync("api/v1/workspaces", new { name, idleLimit = idle }, TestContext.Current.CancellationToken);
        Assert.True(made.StatusCode == HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        Guid id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        await UntilAsync(id, "ready");
        return id;
    }

    /// <summary>The workspace once it is in one of these states.</summary>
    public async Task<JsonElement> UntilAsync(Guid id, params string[] states)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Eventually.Patience);
        while (true)
        {
            JsonElement now = await GetJsonAsync($"api/v1/workspaces/{id}");
            if (states.Contains(now.GetProperty("state").GetString()))
                return now;
            if (now.GetProperty("state").GetString() == "stopped")
                Assert.Fail($"the session ended: {now}\n{string.Join('\n', Directory.GetFiles(Path.Combine(Home, "attempts"), "log", SearchOption.AllDirectories).Select(File.ReadAllText))}");
            await Task.Delay(50, deadline.Token);
        }
    }
}

/// <summary>The same, asking for tokens.</summary>
public sealed class TokenWorkspacePlatform() : WorkspacePlatform(tokens: true);
