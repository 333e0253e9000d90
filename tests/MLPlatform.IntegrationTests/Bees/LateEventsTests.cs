using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A pipeline that takes what is new of a source and merges it into a dataset, run after run.</summary>
public sealed class LateEventsTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string Pipeline = """
        {
          "id": "daily",
          "activities": {
            "collect": { "type": "bees.collect", "inputs": { "source": "source:shop", "take": "new", "eventTime": "at", "columns": [{ "name": "id", "type": "int64" }, { "name": "at", "type": "timestamp" }] } },
            "publish": { "type": "dataset.publish", "inputs": { "name": "shop", "table": "${{ activities.collect.outputs.table }}", "mode": "merge" } }
          },
          "outputs": { "table": "${{ activities.publish.outputs.table }}", "version": "${{ activities.publish.outputs.version }}", "days": "${{ activities.publish.outputs.days }}" }
        }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Late_events_join_their_own_day_in_a_new_version_and_what_was_published_stays_as_it_is()
    {
        using (HttpResponseMessage registered = await platform.Client.PutAsJsonAsync("api/v1/bees/sources/shop", new { name = "shop" }, Cancel))
            registered.EnsureSuccessStatusCode();
        await SendAsync((1, "03-01T10:00"), (2, "03-01T23:59"), (3, "03-02T00:00"));
        Version first = await RunAsync();
        await SendAsync((4, "03-02T08:00"), (5, "03-01T12:00"), (6, "03-03T01:00"));
        Version second = await RunAsync();
        Version nothing = await RunAsync();
        await SendAsync((7, "03-01T13:00"));
        Version third = await RunAsync();

        Assert.Equal(["1 03-01 03-02", "2 03-01 03-02 03-03", "2 03-01 03-02 03-03", "3 03-01 03-02 03-03"], new[] { first, second, nothing, third }.Select(v => v.Told));
        Assert.Equal(["03-01: 1 2", "03-02: 3"], await RowsAsync(first));
        Assert.Equal(["03-01: 1 2 5", "03-02: 3 4", "03-03: 6"], await RowsAsync(second));
        Assert.Equal(["03-01: 1 2 5 7", "03-02: 3 4", "03-03: 6"], await RowsAsync(third));

        // Nothing is written again: a version is the files of the one before, and files of its own.
        Assert.Empty(first.Files.Except(second.Files));
        Assert.Empty(second.Files.Except(third.Files));
        Assert.Equal(second.Files, nothing.Files);
        Assert.StartsWith("day=2026-03-01/", Assert.Single(third.Files.Except(second.Files)), StringComparison.Ordinal);
    }

    private async Task SendAsync(params (int Id, string At)[] events)
    {
        string lines = string.Concat(events.Select(e => $$"""{"id":{{e.Id}},"at":"2026-{{e.At}}:00Z"}""" + "\n"));
        using HttpResponseMessage response = await platform.Client.PostAsync("api/v1/bees/sources/shop/lines", new ByteArrayContent(Encoding.UTF8.GetBytes(lines)), Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<Version> RunAsync()
    {
        JsonElement outputs = (await platform.WaitAsync(await platform.StartAsync(Pipeline), "succeeded")).GetProperty("outputs");
        ArtifactManifest manifest = (await platform.Get<IArtifactStore>().FindAsync(CollectedTable.Hash(outputs), Cancel))!;
        string days = string.Join(' ', outputs.GetProperty("days").EnumerateArray().Select(d => d.GetString()![5..]));
        return new Version(outputs, $"{outputs.GetProperty("version")} {days}", [.. manifest.Files.Where(f => f.Path.StartsWith("day=", StringComparison.Ordinal)).Select(f => $"{f.Path} {f.Hash}")]);
    }

    private async Task<List<string>> RowsAsync(Version version)
    {
        List<string> ids = await CollectedTable.ColumnAsync<long?>(platform, version.Outputs, "id", v => $"{v}");
        List<string> days = await CollectedTable.ColumnAsync<DateTime?>(platform, version.Outputs, "at", v => $"{v:MM-dd}");
        return [.. days.Zip(ids).GroupBy(r => r.First, r => int.Parse(r.Second, null)).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Key}: {string.Join(' ', g.Order())}")];
    }

    private sealed record Version(JsonElement Outputs, string Told, IReadOnlyList<string> Files);
}
