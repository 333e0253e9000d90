using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Access;
using MLPlatform.Server.Experiments.Mlflow;
using Xunit;

namespace MLPlatform.IntegrationTests.Experiments;

/// <summary>Who may use the tracking API. It stands outside of the OpenAPI document, so its roles are asked for here.</summary>
public sealed class MlflowAccessTests(TokenPlatform platform) : IClassFixture<TokenPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Strangers_are_told_in_the_words_of_the_protocol()
    {
        using HttpClient stranger = platform.ClientFor(null), impostor = platform.ClientFor("mlpa_00000000000000000000000000000000-0-1_00");
        foreach (HttpClient client in (HttpClient[])[stranger, impostor])
            Assert.Equal((401, "UNAUTHENTICATED"), Kind(await new MlflowWorld(client).RefusedAsync(HttpMethod.Get, "api/2.0/mlflow/experiments/get?experiment_id=0")));
    }

    [Fact]
    public async Task A_viewer_reads_and_an_editor_writes()
    {
        using HttpClient viewer = platform.ClientFor(await TokenAsync("viewer")), editor = platform.ClientFor(await TokenAsync("editor"));
        string run = await new MlflowWorld(editor).RunAsync("0");
        await new MlflowWorld(viewer).RunOfAsync(run);
        await new MlflowWorld(viewer).PostAsync("runs/search", new { experiment_ids = MlflowWorld.Default });
        Assert.Equal((403, "PERMISSION_DENIED"), Kind(await new MlflowWorld(viewer).RefusedAsync("runs/set-tag", new { run_id = run, key = "a", value = "b" })));
        Assert.Equal(403, await new MlflowWorld(viewer).PutFileAsync($"0/{run}/artifacts/x", "x"));
    }

    [Fact]
    public async Task A_password_is_a_token_too()
    {
        using HttpClient client = platform.ClientFor(null);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("anybody:" + platform.AdminToken)));
        await new MlflowWorld(client).RunAsync("0");
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", "%%%");
        Assert.Equal(401, (await new MlflowWorld(client).RefusedAsync("runs/create", new { })).Status);
    }

    [Fact]
    public void Every_address_asks_for_a_role_and_only_those_that_ask_let_viewers_in()
    {
        List<RouteEndpoint> all = [.. platform.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.RoutePattern.RawText!.Contains("/mlflow", StringComparison.Ordinal))];
        Assert.True(all.Count > 200, $"{all.Count}");
        string[] asking = ["/runs/search", "/experiments/search", "/registered-models/get-latest-versions", "/logged-models/search", "/artifacts/presigned-download-url", MlflowRoute.Elsewhere];
        Assert.All(all, endpoint =>
        {
            bool reads = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods is ["GET"] || asking.Any(a => endpoint.RoutePattern.RawText!.EndsWith(a, StringComparison.Ordinal));
            Assert.Equal(reads ? Permissions.ReadTracked : Permissions.Track, endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>()[^1].Policy);
        });
        Assert.True(MlflowEndpoints.Owns("/api/2.0/mlflow/runs/get"));
    }

    private async Task<string> TokenAsync(string role)
    {
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/tokens", new { name = role + Guid.NewGuid().ToString("N"), role }, Cancel);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("token").GetString()!;
    }

    private static (int, string) Kind((int Status, string Error, string) refused) => (refused.Status, refused.Error);
}
