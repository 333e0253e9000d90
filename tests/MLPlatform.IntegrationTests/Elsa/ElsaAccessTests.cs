using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Elsa;

/// <summary>The Elsa-compatible API knows the platform's tokens and roles.</summary>
public sealed class ElsaAccessTests(TokenPlatform platform) : IClassFixture<TokenPlatform>
{
    [Fact]
    public async Task A_viewer_reads_and_is_offered_nothing_else_and_a_stranger_gets_nothing()
    {
        string id = await platform.Client.CreateAsync("Guarded");
        using HttpClient viewer = platform.ClientFor(await TokenAsync("elsa-viewer", "viewer")), stranger = platform.ClientFor(null);
        JsonElement read = await viewer.GetAsync($"workflow-definitions/by-definition-id/{id}?versionOptions=Latest", 200);
        Assert.DoesNotContain(read.GetProperty("links").EnumerateArray(), l => l.GetProperty("rel").GetString() == "publish");
        await viewer.PostAsync("workflow-instances", new { }, 200);
        await viewer.SaveAsync(ElsaApi.Drawn(id, "Guarded", "PT1S"), null, 403);
        await viewer.PostAsync($"workflow-definitions/{id}/execute", new { }, 403);
        Assert.Equal(403, (int)(await viewer.DeleteAsync("elsa/api/workflow-definitions/" + id)).StatusCode);
        foreach (string path in new[] { "features/installed", "descriptors/activities", "workflow-definitions", "workflow-definitions/by-definition-id/" + id, "activity-executions/list" })
            Assert.Equal(401, (int)(await stranger.GetAsync("elsa/api/" + path)).StatusCode);
        Assert.Equal(401, (int)(await stranger.PostAsync("elsa/hubs/workflow-instance/negotiate?negotiateVersion=1", null)).StatusCode);
    }

    [Fact]
    public async Task The_hub_takes_the_token_from_its_address_and_tells_what_happens()
    {
        string id = await platform.Client.CreateAsync("Live");
        await platform.Client.SaveAsync(ElsaApi.Drawn(id, "Live", "PT1S"), true, 200);
        string token = await TokenAsync("elsa-watcher", "viewer");
        Uri address = new(platform.Client.BaseAddress!, "elsa/hubs/workflow-instance?access_token=" + token);
        using ClientWebSocket socket = new();
        await socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws" }.Uri, CancellationToken.None);
        await SendAsync(socket, """{"protocol":"json","version":1}""");
        string run = await platform.Client.ExecuteAsync(id);
        await SendAsync(socket, $$"""{"type":1,"target":"ObserveInstanceAsync","arguments":["{{run}}"]}""");
        string heard = await HearAsync(socket, text => text.Contains("\"completedCount\":1,\"uncompletedCount\":0", StringComparison.Ordinal) && text.Contains(":b2", StringComparison.Ordinal));
        Assert.Contains("ActivityExecutionLogUpdatedAsync", heard, StringComparison.Ordinal);
        Assert.Contains("WorkflowInstanceUpdatedAsync", heard, StringComparison.Ordinal);

        using ClientWebSocket foreign = new();
        foreign.Options.SetRequestHeader("Origin", "http://evil.example");
        await foreign.ConnectAsync(new UriBuilder(address) { Scheme = "ws" }.Uri, CancellationToken.None);
        await SendAsync(foreign, """{"protocol":"json","version":1}""");
        await SendAsync(foreign, $$"""{"type":1,"target":"ObserveInstanceAsync","arguments":["{{run}}"]}""");
        Assert.DoesNotContain("stats", await HearAsync(foreign, _ => false), StringComparison.Ordinal);
        // The token counts there alone.
        using HttpClient stranger = platform.ClientFor(null);
        Assert.Equal(401, (int)(await stranger.GetAsync("elsa/api/features/installed?access_token=" + token)).StatusCode);
    }

    private static Task SendAsync(ClientWebSocket socket, string message) => socket.SendAsync(Encoding.UTF8.GetBytes(message + "\u001e"), WebSocketMessageType.Text, true, CancellationToken.None);

    // All that is heard until it is enough, or the other side closes.
    private static async Task<string> HearAsync(ClientWebSocket socket, Predicate<string> enough)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        StringBuilder heard = new();
        byte[] buffer = new byte[16384];
        try
        {
            while (!enough(heard.ToString()))
            {
                WebSocketReceiveResult received = await socket.ReceiveAsync(buffer, deadline.Token);
                if (received.MessageType == WebSocketMessageType.Close)
                    break;
                heard.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            }
        }
        catch (WebSocketException)
        {
            // Cut off, which is an end as well.
        }
        return heard.ToString();
    }

    private async Task<string> TokenAsync(string name, string role)
    {
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/tokens", new { name, role });
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }
}
