using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Access;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>Every operation of the OpenAPI document, asked for with every role.</summary>
public sealed class RoleTests(TokenPlatform platform) : IClassFixture<TokenPlatform>
{
    private static readonly string[] Roles = ["viewer", "editor", "admin"];

    [Fact]
    public async Task Every_operation_asks_for_its_role_and_no_more()
    {
        Dictionary<string, HttpClient> clients = [];
        foreach (string role in Roles)
            clients[role] = platform.ClientFor(await CreateTokenAsync(role + "-token", role));
        using HttpClient stranger = platform.ClientFor(null);
        using HttpClient impostor = platform.ClientFor("mlp_" + new string('0', 64));

        List<string> wrong = [];
        foreach ((string method, string path, string role, string media) in await OperationsAsync())
        {
            string what = $"{method} {path} ({role})";
            if (role == "anonymous")
            {
                Expect(wrong, what, "nobody", await AskAsync(stranger, method, path, media), allowed: true);
                continue;
            }
            if (!Roles.Contains(role))
                wrong.Add($"{what} declares no role");
            foreach (HttpClient client in (HttpClient[])[stranger, impostor])
            {
                if (await AskAsync(client, method, path, media) != HttpStatusCode.Unauthorized)
                    wrong.Add($"{what} lets strangers in");
            }
            foreach ((string has, HttpClient client) in clients)
                Expect(wrong, what, has, await AskAsync(client, method, path, media), Array.IndexOf(Roles, has) >= Array.IndexOf(Roles, role));
        }
        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Changes_need_more_than_a_viewer()
    {
        string[] reading = ["/api/v1/pipelines/validate", "/api/v1/pipelines/scope", "/api/v1/plan", "/api/v1/jobs/compile", "/api/v1/elsa/export", "/api/v1/elsa/import", "/api/v1/triggers/preview", "/api/v1/quotas/validate", "/api/v1/features/groups/validate", "/api/v1/features/online/{group}", "/api/v1/sweeps/check", "/api/v1/experiments/compare", "/api/v1/experiments/compare/report",
            "/api/v1/deployments/{name}/score", "/api/v1/deployments/{name}/recall", "/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}/infer"];
        Assert.DoesNotContain(await OperationsAsync(), o => o.Method != "GET" && o.Role is "viewer" or "anonymous"
            && o.Method != "GET" && !reading.Contains(o.Path) && !o.Path.StartsWith("/api/v1/hooks", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_once()
    {
        using HttpClient client = platform.ClientFor(await CreateTokenAsync("leaver", "viewer"));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("api/v1/runs")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await platform.Client.DeleteAsync("api/v1/tokens/leaver")).StatusCode);
        await ProblemAssert.IsAsync(await client.GetAsync("api/v1/runs"), 401, "API-005");
    }

    [Fact]
    public async Task Refusals_are_problems()
    {
        using HttpClient stranger = platform.ClientFor(null);
        HttpResponseMessage refused = await stranger.GetAsync("api/v1/runs");
        await ProblemAssert.IsAsync(refused, 401, "API-005");
        Assert.Equal("Bearer", refused.Headers.WwwAuthenticate.ToString());
        using HttpClient viewer = platform.ClientFor(await CreateTokenAsync("looker", "viewer"));
        await ProblemAssert.IsAsync(await viewer.PostAsJsonAsync("api/v1/runs", new { }), 403, "API-006");
    }

    [Fact]
    public async Task Secrets_are_shown_once_and_kept_only_as_hashes()
    {
        string secret = await CreateTokenAsync("shown-once", "admin");
        string listed = await platform.Client.GetStringAsync("api/v1/tokens");
        Assert.DoesNotContain(secret, listed, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, await platform.Client.GetStringAsync("api/v1/audit"), StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(platform.Home, "mlp.db*"), file =>
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Assert.True(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(secret)) < 0, $"{file} holds a secret");
        });
    }

    [Fact]
    public async Task The_first_admin_token_is_made_once()
    {
        Assert.StartsWith("mlp_", platform.AdminToken);
        Assert.Null(await MLPlatform.Server.Access.FirstToken.EnsureAsync(
            new MLPlatform.Server.Access.AuthMode(true), platform.Get<IAccessStore>(), platform.Get<MLPlatform.Server.Access.Audit>(), TimeProvider.System,
            TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_first_admin_token_is_in_the_audit_trail()
    {
        JsonElement audit = await platform.GetJsonAsync("api/v1/audit?limit=1000");
        JsonElement first = audit.GetProperty("items").EnumerateArray().Last();
        Assert.Equal(("server", "token.create"), (first.GetProperty("by").GetString(), first.GetProperty("action").GetString()));
        Assert.StartsWith("admin-", first.GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(platform.AdminToken!, first.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_at_the_root_shows_no_state_to_strangers()
    {
        using HttpClient stranger = platform.ClientFor(null);
        string page = await stranger.GetStringAsync("");
        Assert.Contains("asks for an API token", page, StringComparison.Ordinal);
        Assert.DoesNotContain(platform.Home, page, StringComparison.Ordinal);
    }

    private async Task<string> CreateTokenAsync(string name, string role)
    {
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/tokens", new { name, role });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
    }

    private async Task<List<(string Method, string Path, string Role, string Media)>> OperationsAsync()
    {
        JsonElement document = await platform.GetJsonAsync("openapi/v1.json");
        List<(string, string, string, string)> all = [];
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
                all.Add((operation.Name.ToUpperInvariant(), path.Name, operation.Value.GetProperty("x-mlp-role").GetString()!, MediaOf(operation.Value)));
        }
        Assert.True(all.Count > 30, $"only {all.Count} operations");
        return all;
    }

    /// <summary>What the operation takes: another media type is refused before anybody is asked who they are.</summary>
    private static string MediaOf(JsonElement operation) =>
        operation.TryGetProperty("requestBody", out JsonElement body) ? body.GetProperty("content").EnumerateObject().First().Name : "application/json";

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string method, string path, string media)
    {
        bool byGuid = path.Contains("/runs/", StringComparison.Ordinal) || path.Contains("/sweeps/", StringComparison.Ordinal) || path.Contains("/workspaces/", StringComparison.Ordinal) || path.Contains("/reservations/", StringComparison.Ordinal) || path.Contains("/labels/batches/", StringComparison.Ordinal)
            || path.Contains("/expansions/", StringComparison.Ordinal) || path.Contains("/pool-promotions/", StringComparison.Ordinal);
        string address = path.TrimStart('/').Replace("{id}", byGuid ? Guid.Empty.ToString() : "none", StringComparison.Ordinal)
            .Replace("{version}", "1", StringComparison.Ordinal).Replace("{item}", "1", StringComparison.Ordinal);
        address = System.Text.RegularExpressions.Regex.Replace(address, "{[^}]+}", "none");
        using HttpRequestMessage request = new(new HttpMethod(method), address);
        if (method != "GET")
            request.Content = new StringContent("{", Encoding.UTF8, media);
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return response.StatusCode;
    }

    private static void Expect(List<string> wrong, string what, string who, HttpStatusCode status, bool allowed)
    {
        bool refused = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
        if (refused == allowed || status >= HttpStatusCode.InternalServerError)
            wrong.Add($"{what}: {who} gets {(int)status}");
    }
}
