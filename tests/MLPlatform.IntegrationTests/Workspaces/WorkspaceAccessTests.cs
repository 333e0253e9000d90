using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Workspaces;

/// <summary>Who may reach a workspace, and how a browser does.</summary>
public sealed class WorkspaceAccessTests(TokenWorkspacePlatform platform) : IClassFixture<TokenWorkspacePlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_workspace_opens_for_its_owner_and_admins_and_for_a_browser_by_a_ticket_that_counts_once()
    {
        using HttpClient ann = platform.ClientFor(await TokenAsync("ann", "editor")), bob = platform.ClientFor(await TokenAsync("bob", "editor"));
        using HttpClient viewer = platform.ClientFor(await TokenAsync("looker", "viewer")), stranger = platform.ClientFor(null);
        Guid id = await platform.CreateAsync("hers", client: ann);
        string api = $"workspaces/{id}/api/kernels";

        // 1. By token.
        Assert.Equal(HttpStatusCode.OK, (await ann.GetAsync(api, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await platform.Client.GetAsync(api, Cancel)).StatusCode);
        await ProblemAssert.IsAsync(await bob.GetAsync(api, Cancel), 403, "WORK-006");
        await ProblemAssert.IsAsync(await viewer.GetAsync(api, Cancel), 403, "WORK-006");
        await ProblemAssert.IsAsync(await stranger.GetAsync(api, Cancel), 401, "WORK-005");
        await ProblemAssert.IsAsync(await bob.PostAsync($"api/v1/workspaces/{id}/stop", null, Cancel), 403, "WORK-006");
        await ProblemAssert.IsAsync(await bob.PostAsync($"api/v1/workspaces/{id}/open", null, Cancel), 403, "WORK-006");
        await ProblemAssert.IsAsync(await bob.DeleteAsync($"api/v1/workspaces/{id}", Cancel), 403, "WORK-006");
        await ProblemAssert.IsAsync(await bob.PostAsJsonAsync("api/v1/workspaces", new { name = "for-her", owner = "ann" }, Cancel), 403, "WORK-006");
        await ProblemAssert.IsAsync(await bob.PostAsync($"api/v1/workspaces/{Guid.NewGuid()}/open", null, Cancel), 404, "API-004");

        // 2. A page of another site reaches nothing, WebSockets included.
        string kernel = await Jupyter.StartKernelAsync(ann, id);
        WebSocketException refused = await Assert.ThrowsAsync<WebSocketException>(() => Jupyter.ConnectAsync(ann, id, kernel, origin: "http://elsewhere.example"));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        using ClientWebSocket page = await Jupyter.ConnectAsync(ann, id, kernel, origin: $"http://{ann.BaseAddress!.Authority}");
        Assert.Equal("42\n", await Jupyter.RunAsync(page, "print(6 * 7)"));

        // 3. By ticket, then by cookie.
        string address = (await (await ann.PostAsync($"api/v1/workspaces/{id}/open", null, Cancel)).Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("address").GetString()!;
        CookieContainer cookies = new();
        using HttpClient browser = new(new HttpClientHandler { CookieContainer = cookies, AllowAutoRedirect = false });
        HttpResponseMessage entered = await browser.GetAsync(address, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, entered.StatusCode);
        Assert.Equal($"/workspaces/{id}/tree", entered.Headers.Location!.ToString());
        string cookie = Assert.Single(entered.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"path=/workspaces/{id}/", cookie, StringComparison.OrdinalIgnoreCase);
        string tree = address.Split('?')[0];
        string html = await browser.GetStringAsync(tree, Cancel);
        Assert.Contains("data-base-url=\"/workspaces/", html, StringComparison.Ordinal);
        Assert.DoesNotContain(SecretOf(id), html, StringComparison.Ordinal);
        await ProblemAssert.IsAsync(await browser.GetAsync(address, Cancel), 401, "WORK-005");

        // 4. What carries a cookie proves that the page is ours, by Jupyter's own rule.
        string kernels = tree.Replace("/tree", "/api/kernels", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.PostAsJsonAsync(kernels, new { name = "python3" }, Cancel)).StatusCode);
        using HttpRequestMessage proven = new(HttpMethod.Post, kernels) { Content = JsonContent.Create(new { name = "python3" }) };
        proven.Headers.Add("X-XSRFToken", cookies.GetAllCookies().Single(c => c.Name == "_xsrf").Value);
        Assert.Equal(HttpStatusCode.Created, (await browser.SendAsync(proven, Cancel)).StatusCode);

        // 5. It is for this workspace, and ends with the token that it stands for.
        using HttpRequestMessage elsewhere = new(HttpMethod.Get, tree.Replace(id.ToString(), Guid.NewGuid().ToString(), StringComparison.Ordinal));
        elsewhere.Headers.Add("Cookie", cookie.Split(';')[0]);
        using HttpClient plain = new(new HttpClientHandler { UseCookies = false });
        await ProblemAssert.IsAsync(await plain.SendAsync(elsewhere, Cancel), 401, "WORK-005");
        Assert.Equal(HttpStatusCode.NoContent, (await platform.Client.DeleteAsync("api/v1/tokens/ann", Cancel)).StatusCode);
        await ProblemAssert.IsAsync(await browser.GetAsync(tree, Cancel), 401, "WORK-005");

        (await platform.Client.PostAsync($"api/v1/workspaces/{id}/stop", null, Cancel)).EnsureSuccessStatusCode();
        await platform.UntilAsync(id, "stopped");
    }

    [Fact]
    public async Task What_cannot_be_created_is_said_at_once()
    {
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/workspaces", new { name = "a b" }, Cancel), 400, "API-003");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/workspaces", new { name = "a", idleLimit = "PT0S" }, Cancel), 400, "API-003");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/workspaces", new { name = "a", memory = "lots" }, Cancel), 422, "WORK-002");
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"workspaces/{Guid.NewGuid()}/tree", Cancel), 404, "API-004");
    }

    [Fact]
    public async Task A_session_on_the_machine_of_another_server_is_said_to_be_there()
    {
        IRunStore runs = platform.Get<IRunStore>();
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(60);
        RunId session = new(Guid.CreateVersion7(now));
        ReplicaLease other = new("gpu-7", await runs.AcquireLeaseAsync("gpu-7", TimeSpan.FromHours(1), Cancel));
        JournalBatch batch = new();
        batch.Runs.Add(new RunRow
        {
            Id = session,
            Pipeline = "workspace-far",
            PlanHash = "none",
            Status = RunStatus.Running,
            TriggerJson = "{}",
            LogicalDate = now,
            ParametersJson = "{}",
            CreatedAt = now,
            Counts = new RunCounts(1, 0, 0, 0, 1),
            Owner = "gpu-7",
        });
        await runs.CommitAsync(other, batch, Cancel);
        Workspace far = new(new WorkspaceId(Guid.CreateVersion7(now)), "far", "admin", "", new WorkspaceSettings(), now, [], 0, new WorkspaceState.Ready(session, now, now, "it started"));
        await platform.Get<IWorkspaceStore>().AddAsync(far, Cancel);
        JsonElement problem = await ProblemAssert.IsAsync(await platform.Client.GetAsync($"workspaces/{far.Id}/tree", Cancel), 421, "WORK-008");
        Assert.Contains("'gpu-7'", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("ready", (await platform.GetJsonAsync($"api/v1/workspaces/{far.Id}")).GetProperty("state").GetString());
    }

    private string SecretOf(Guid id) => JsonElement.Parse(File.ReadAllText(Path.Combine(platform.Home, "workspaces", id.ToString(), "session", "session.json"))).GetProperty("secret").GetString()!;

    private async Task<string> TokenAsync(string name, string role)
    {
        HttpResponseMessage made = await platform.Client.PostAsJsonAsync("api/v1/tokens", new { name, role }, Cancel);
        return (await made.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("token").GetString()!;
    }
}
