using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Storage.Sql;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>A server whose database has no room left.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_full_disk_is_named_to_who_starts_a_run_and_the_server_goes_on_once_there_is_space()
    {
        await using TestPlatform platform = new();
        await platform.InitializeAsync();
        Database database = platform.Get<Database>();
        string name = new('n', 20_000);
        object run = new { file = new { pipeline = new { id = "p", basic = new { name }, activities = new { a = new { type = "control.noop" } } } } };

        long pages = await database.ScalarAsync<long>("PRAGMA page_count", [], Cancel);
        await database.ExecuteAsync($"PRAGMA max_page_count = {pages}", [], Cancel); // As good as a disk without space.
        using HttpResponseMessage refused = await platform.Client.PostAsJsonAsync("api/v1/runs", run, Cancel);
        JsonElement problem = await refused.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("API-014", problem.GetProperty("code").GetString());
        Assert.Contains("full", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        await database.ExecuteAsync("PRAGMA max_page_count = 1000000", [], Cancel);
        using HttpResponseMessage started = await platform.Client.PostAsJsonAsync("api/v1/runs", run, Cancel);
        Assert.Equal(HttpStatusCode.Created, started.StatusCode);
        await platform.WaitAsync((await started.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetGuid(), "succeeded");
    }
}
