using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

public sealed class ServeTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task A_server_is_found_through_its_home_and_leaves_no_trace_of_its_address()
    {
        string address = await _mlp.ServeAsync();
        JsonElement file = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(_mlp.Home, "server.json")));
        Assert.Equal(address, file.GetProperty("address").GetString());

        string chain = _mlp.Write("chain.json", Flows.Chain);
        Outcome detached = await _mlp.RunAsync("run", chain, "--detach", "--idempotency-key", "k");
        detached.Is(0);
        Guid run = Guid.Parse(detached.Output.Trim());
        Assert.Equal(run, Guid.Parse((await _mlp.RunAsync("run", chain, "--detach", "--idempotency-key", "k")).Output.Trim()));
        (await _mlp.RunAsync("runs", "watch", run.ToString())).Is(0);
        Outcome other = await _mlp.RunAsync("serve", "--address", "http://127.0.0.1:0");
        other.Is(3);
        Assert.Contains(address, other.Error, StringComparison.Ordinal);

        Assert.Equal(0, await _mlp.StopAsync());
        Assert.False(File.Exists(Path.Combine(_mlp.Home, "server.json")));
        (await _mlp.RunAsync("runs", "show", run.ToString()[^6..])).Is(0);
    }

    [Fact]
    public async Task A_stale_server_file_counts_for_nothing()
    {
        Directory.CreateDirectory(_mlp.Home);
        await File.WriteAllTextAsync(Path.Combine(_mlp.Home, "server.json"),
            $$"""{"address":"http://127.0.0.1:9","pid":{{Environment.ProcessId}},"started":"2020-01-01T00:00:00+00:00"}""");
        (await _mlp.RunAsync("runs", "list")).Is(0);
    }

    [Fact]
    public async Task A_run_outlives_its_server_and_is_cancelled_after_the_next_start()
    {
        await _mlp.ServeAsync();
        string run = (await _mlp.RunAsync("run", _mlp.Write("long.json", Flows.Long), "--detach")).Output.Trim();
        Assert.Equal(0, await _mlp.StopAsync());
        await _mlp.ServeAsync();
        (await _mlp.RunAsync("runs", "pause", run)).Is(0);
        (await _mlp.RunAsync("runs", "unpause", run)).Is(0);
        (await _mlp.RunAsync("runs", "cancel", run)).Is(0);
        Outcome watched = await _mlp.RunAsync("runs", "watch", run, "--json");
        watched.Is(1);
        Assert.Equal("cancelled", watched.Json.GetProperty("state").GetString());
        Outcome twice = await _mlp.RunAsync("runs", "cancel", run);
        twice.Is(1);
        Assert.Contains("error ENG-", twice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_are_asked_for_where_they_are_required()
    {
        _mlp.Begin("serve", "--address", "http://127.0.0.1:0", "--require-tokens");
        string secret = (await _mlp.ReadLineAsync("Admin token")).Split(": ")[1];
        await _mlp.ReadLineAsync(" at http://127.0.0.1:"); // the token is told first: who waits for the address has both
        Outcome refused = await _mlp.RunAsync("runs", "list");
        refused.Is(1);
        Assert.Contains("error API-005", refused.Error, StringComparison.Ordinal);
        Outcome made = await _mlp.RunAsync("tokens", "create", "reader", "--role", "viewer", "--token", secret);
        made.Is(0);
        string viewer = made.Output.Trim();
        (await _mlp.RunAsync("runs", "list", "--token", viewer)).Is(0);
        Outcome forbidden = await _mlp.RunAsync("run", _mlp.Write("chain.json", Flows.Chain), "--token", viewer);
        forbidden.Is(1);
        Assert.Contains("error API-006", forbidden.Error, StringComparison.Ordinal);
        (await _mlp.RunAsync("tokens", "revoke", "reader", "--token", secret)).Is(0);
        (await _mlp.RunAsync("runs", "list", "--token", viewer)).Is(1);
        Outcome audit = await _mlp.RunAsync("audit", "--token", secret);
        Assert.Contains("token.revoke", audit.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Triggers_are_shown_and_backfilled()
    {
        await _mlp.ServeAsync();
        _mlp.Write("daily.json", """{ "id": "daily", "schedule": { "triggers": [ { "type": "cron", "cron": "0 3 * * *" } ] }, "activities": { "a": { "type": "control.noop" } } }""");
        (await _mlp.RunAsync("apply", "daily.json")).Is(0);
        Outcome next = await _mlp.RunAsync("triggers", "next", "--json");
        next.Is(0);
        Assert.Equal(20, next.Json.GetArrayLength());
        Assert.Contains("daily/0", (await _mlp.RunAsync("triggers", "list")).Output, StringComparison.Ordinal);
        Outcome backfill = await _mlp.RunAsync("backfill", "daily", "--from", "2025-03-01", "--to", "2025-03-02", "--json");
        backfill.Is(0);
        foreach (JsonElement date in backfill.Json.GetProperty("dates").EnumerateArray())
            await WaitForRunAsync(date.GetProperty("run").GetString()!);
    }

    private async Task WaitForRunAsync(string run)
    {
        using CancellationTokenSource deadline = new(Eventually.Patience);
        while ((await _mlp.RunAsync("runs", "show", run, "--json")) is not { Code: 0 } shown || shown.Json.GetProperty("state").GetString() != "succeeded")
            await Task.Delay(100, deadline.Token);
    }
}
