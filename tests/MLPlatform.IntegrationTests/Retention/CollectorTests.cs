using System.Text.Json;
using MLPlatform.IntegrationTests.Samples;
using Xunit;

namespace MLPlatform.IntegrationTests.Retention;

/// <summary>Collecting artifacts through the command line, after real runs.</summary>
public sealed class CollectorTests : IDisposable
{
    private readonly MlpCommandLine _mlp = new();
    private readonly string _data = Directory.CreateTempSubdirectory("mlp-gc-").FullName;

    public void Dispose()
    {
        _mlp.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Given_up_versions_go_when_nothing_else_needs_them_and_the_rest_can_still_be_read()
    {
        string pipeline = Path.Combine(_data, "pipeline.json"), csv = Path.Combine(_data, "in.csv");
        await File.WriteAllTextAsync(pipeline, """
            {
              "id": "gc",
              "parameters": { "data": { "type": "string", "format": "path" } },
              "activities": {
                "collect": { "type": "bees.collect", "inputs": { "source": "${{ parameters.data }}" } },
                "publish": { "type": "dataset.publish", "inputs": { "name": "grown", "table": "${{ activities.collect.outputs.table }}", "keepVersions": 1 } }
              }
            }
            """, TestContext.Current.CancellationToken);
        foreach (string rows in (string[])["1\n", "1\n2\n"])
        {
            await File.WriteAllTextAsync(csv, "id\n" + rows, TestContext.Current.CancellationToken);
            await _mlp.RunAsync(pipeline, $"data={csv}");
        }
        string first = await TableOfAsync(1), second = await TableOfAsync(2);

        // 1. Everything is young: a look says so, and nothing goes.
        Assert.Equal((1, 0), await CollectAsync("--dry-run"));
        Assert.True(Manifest(first).Exists);

        // 2. As if a month had passed since.
        foreach (string file in Directory.EnumerateFiles(Path.Combine(_mlp.Home, "artifacts"), "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddDays(1));
        _mlp.Environment["MLP_Retention__KeepRuns"] = "00:00:00";
        (int versions, int removed) = await CollectAsync();
        Assert.Equal(1, versions);
        Assert.True(removed >= 1);
        Assert.False(Manifest(first).Exists);
        Assert.True(Manifest(second).Exists);
        Assert.Equal((0, 0), await CollectAsync());

        // 3. The latest version can be read, the one given up says what became of it, and a run makes anew what was forgotten.
        (int status, string output, string error) = await _mlp.CallAsync("datasets", "preview", "grown", "--json");
        Assert.True(status == 0, error);
        Assert.Equal(2, JsonElement.Parse(output).GetProperty("rows").GetArrayLength());
        (status, _, error) = await _mlp.CallAsync("datasets", "preview", "grown", "--version", "1");
        Assert.Equal(1, status);
        Assert.Contains("DSET-008", error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(csv, "id\n1\n", TestContext.Current.CancellationToken);
        await _mlp.RunAsync(pipeline, $"data={csv}");
        Assert.True(Manifest(first).Exists);
    }

    private FileInfo Manifest(string hash) => new(Path.Combine(_mlp.Home, "artifacts", "manifests", hash[7..9], hash[7..] + ".json"));

    private async Task<string> TableOfAsync(int version)
    {
        (_, string output, _) = await _mlp.CallAsync("datasets", "show", "grown", "--json");
        return JsonElement.Parse(output).GetProperty("versions").EnumerateArray().First(v => v.GetProperty("version").GetInt32() == version)
            .GetProperty("artifact").GetProperty("$artifact").GetString()!;
    }

    private async Task<(int Versions, int Removed)> CollectAsync(params string[] more)
    {
        (int status, string output, string error) = await _mlp.CallAsync(["datasets", "gc", "--json", .. more]);
        Assert.True(status == 0, error);
        JsonElement report = JsonElement.Parse(output);
        return (report.GetProperty("versionsGivenUp").GetArrayLength(), report.GetProperty("removed").GetInt32());
    }
}
