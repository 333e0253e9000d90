using System.Text.Json;
using MLPlatform.IntegrationTests.Samples;
using Xunit;

namespace MLPlatform.IntegrationTests.Datasets;

/// <summary>Events that come after their day was published, through the command line.</summary>
public sealed class MergedDaysTests : IDisposable
{
    private readonly MlpCommandLine _mlp = new();
    private readonly string _data = Directory.CreateTempSubdirectory("mlp-merge-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _mlp.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_late_event_joins_its_day_and_the_same_table_again_makes_no_version()
    {
        await File.WriteAllTextAsync(Path.Combine(_data, "pipeline.json"), """
            {
              "id": "merging",
              "parameters": { "data": { "type": "string", "format": "path" }, "mode": { "type": "string", "default": "merge" } },
              "activities": {
                "collect": { "type": "bees.collect", "inputs": { "source": "${{ parameters.data }}", "eventTime": "at", "columns": [{ "name": "id", "type": "int64" }] } },
                "publish": { "type": "dataset.publish", "inputs": { "name": "events", "table": "${{ activities.collect.outputs.table }}", "mode": "${{ parameters.mode }}" } }
              },
              "outputs": { "version": "${{ activities.publish.outputs.version }}", "isNew": "${{ activities.publish.outputs.isNew }}", "rows": "${{ activities.publish.outputs.rows }}", "days": "${{ activities.publish.outputs.days }}" }
            }
            """, Cancel);
        Assert.Equal("1 True 2 2026-03-01 2026-03-02", await PublishAsync("first", "1,2026-03-01T10:00:00Z\n2,2026-03-02T10:00:00Z\n"));
        Assert.Equal("2 True 4 2026-03-01 2026-03-02 2026-03-03", await PublishAsync("late", "3,2026-03-01T09:00:00Z\n4,2026-03-03T10:00:00Z\n"));
        foreach (string again in (string[])["late", "first"])
            Assert.Equal("2 False 4 2026-03-01 2026-03-02 2026-03-03", await PublishAsync(again, null));
        Assert.Equal("2 False 4 2026-03-01 2026-03-02 2026-03-03", await PublishAsync("nothing", ""));
        Assert.Equal("2 False 4 2026-03-01 2026-03-02 2026-03-03", await PublishAsync("nothing", null, "mode=append"));
        Assert.Equal([1L, 2L], await IdsAsync(1));
        Assert.Equal([1L, 3L, 2L, 4L], await IdsAsync(2));
    }

    private async Task<string> PublishAsync(string name, string? rows, string mode = "mode=merge")
    {
        string csv = Path.Combine(_data, $"{name}.csv");
        if (rows is not null)
            await File.WriteAllTextAsync(csv, "id,at\n" + rows, Cancel);
        JsonElement outputs = (await _mlp.RunAsync(Path.Combine(_data, "pipeline.json"), $"data={csv}", mode)).GetProperty("outputs");
        return $"{outputs.GetProperty("version")} {outputs.GetProperty("isNew")} {outputs.GetProperty("rows")} {string.Join(' ', outputs.GetProperty("days").EnumerateArray())}";
    }

    private async Task<List<long>> IdsAsync(int version)
    {
        (int status, string output, string error) = await _mlp.CallAsync("datasets", "preview", "events", "--version", $"{version}", "--json");
        Assert.True(status == 0, error);
        return [.. JsonElement.Parse(output).GetProperty("rows").EnumerateArray().Select(r => r[0].GetInt64())];
    }
}
