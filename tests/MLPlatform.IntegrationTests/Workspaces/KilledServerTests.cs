using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using MLPlatform.IntegrationTests.Cli;
using Xunit;

namespace MLPlatform.IntegrationTests.Workspaces;

/// <summary>A session outlives its server; and nothing tells its secret.</summary>
public sealed class KilledServerTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task A_session_survives_a_killed_server_with_what_its_kernel_knows_and_no_trace_of_its_secret()
    {
        Jupyter.SkipUnlessInstalled();
        _mlp.Variables["MLP_Logging__LogLevel__Default"] = "Debug";
        await _mlp.ServeAsync();
        Outcome created = await _mlp.RunAsync("workspaces", "create", "explore", "--json");
        created.Is(0);
        Guid id = created.Json.GetProperty("id").GetGuid();
        string kernel;
        using (HttpClient http = await ClientAsync())
        {
            kernel = await Jupyter.StartKernelAsync(http, id);
            using ClientWebSocket before = await Jupyter.ConnectAsync(http, id, kernel);
            Assert.Equal("41\n", await Jupyter.RunAsync(before, "known = 41\nprint(known)"));
        }
        _mlp.Kill();
        await _mlp.ServeAsync();
        using (HttpClient http = await ClientAsync())
        {
            using ClientWebSocket after = await Jupyter.ConnectAsync(http, id, kernel);
            Assert.Equal("42\n", await Jupyter.RunAsync(after, "print(known + 1)"));
        }

        string file = Path.Combine(_mlp.Home, "workspaces", id.ToString(), "session", "session.json");
        string secret = JsonElement.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).GetProperty("secret").GetString()!;
        Assert.Equal("600\n", await TellAsync("stat", "-c", "%a", file));
        Assert.EndsWith("/session/session.json", Assert.Single((await TellAsync("grep", "-rl", secret, _mlp.Home)).Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await TellAsync("ps", "-eo", "args"), StringComparison.Ordinal);

        Outcome stopped = await _mlp.RunAsync("workspaces", "stop", "explore", "--json");
        stopped.Is(0);
        Assert.Equal(("stopped", "requested"), (stopped.Json.GetProperty("state").GetString(), stopped.Json.GetProperty("end").GetString()));
        Assert.DoesNotContain(secret, stopped.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(id.ToString(), await TellAsync("ps", "-eo", "args"), StringComparison.Ordinal);
        (await _mlp.RunAsync("workspaces", "open", "explore")).Is(1);
        (await _mlp.RunAsync("workspaces", "show", "explor")).Is(2);
        (await _mlp.RunAsync("workspaces", "delete", "explore")).Is(0);
        Assert.Equal(0, (await _mlp.RunAsync("workspaces", "list", "--json")).Json.GetArrayLength());
    }

    private async Task<HttpClient> ClientAsync()
    {
        Outcome opened = await _mlp.RunAsync("workspaces", "open", "explore");
        opened.Is(0);
        return new HttpClient { BaseAddress = new Uri(new Uri(opened.Output.Trim()), "/") };
    }

    private static async Task<string> TellAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string all = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return all;
    }
}
