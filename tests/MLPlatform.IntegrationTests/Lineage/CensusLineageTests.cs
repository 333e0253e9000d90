using System.IO.Compression;
using System.Text.Json;
using MLPlatform.IntegrationTests.Samples;
using MLPlatform.Tests;
using Xunit;

namespace MLPlatform.IntegrationTests.Lineage;

/// <summary>Lineage of a real run: from the census files to a registered model and back, through the command line.</summary>
public sealed class CensusLineageTests : IDisposable
{
    private readonly MlpCommandLine _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task The_model_knows_its_files_and_the_files_know_their_model()
    {
        string data = SharedData.File("data/adult_census"), train = Path.Combine(data, "adult.data.gz"), test = Path.Combine(data, "adult.test.gz");
        await _mlp.RunAsync("workflows/adult-census.json", $"data={data}", "epochs=1");

        // 1. What went into the model: the training file, all of its records.
        JsonElement up = await JsonAsync("models", "lineage", "adult-census", "1");
        JsonElement edge = up.GetProperty("edges").EnumerateArray().First(e => e.TryGetProperty("source", out _) && e.GetProperty("source").GetProperty("path").GetString() == train);
        Assert.Equal(32_561, edge.GetProperty("source").GetProperty("records").GetInt64());
        Assert.Equal((0L, Size(train)), Range(edge));

        // 2. Which models used these records: none of what lies behind the end of the file.
        Assert.Equal(["model:adult-census@1"], await ModelsAsync(train));
        Assert.Equal(["model:adult-census@1"], await ModelsAsync(train, "--from", "1000", "--to", "1001"));
        Assert.Equal([], await ModelsAsync(train, "--from", $"{Size(train)}"));
        Assert.Equal([], await ModelsAsync(Path.Combine(data, "README.md")));

        // 3. The test file's first line is a comment, which no table holds.
        Assert.DoesNotContain("collectTest", (await CallAsync("lineage", "--file", test, "--from", "0", "--to", "1")), StringComparison.Ordinal);
        string people = await CallAsync("models", "lineage", "adult-census", "1");
        Assert.Contains("adult-census/collectTrain", people, StringComparison.Ordinal);
        Assert.Contains($"table: 32,561 records in bytes 0-{Size(train)}", people, StringComparison.Ordinal);
    }

    private static (long, long) Range(JsonElement edge)
    {
        JsonElement only = Assert.Single(edge.GetProperty("source").GetProperty("ranges").EnumerateArray());
        return (only.GetProperty("from").GetInt64(), only.GetProperty("to").GetInt64());
    }

    private static long Size(string file)
    {
        using GZipStream content = new(File.OpenRead(file), CompressionMode.Decompress);
        using MemoryStream all = new();
        content.CopyTo(all);
        return all.Length;
    }

    private async Task<IEnumerable<string?>> ModelsAsync(string file, params string[] more) =>
        (await JsonAsync(["lineage", "--file", file, .. more])).GetProperty("nodes").EnumerateArray()
            .Where(n => n.GetProperty("kind").GetString() == "model").Select(n => n.GetProperty("id").GetString());

    private async Task<JsonElement> JsonAsync(params string[] arguments) => JsonElement.Parse(await CallAsync([.. arguments, "--json"]));

    private async Task<string> CallAsync(params string[] arguments)
    {
        (int status, string output, string error) = await _mlp.CallAsync(arguments);
        Assert.True(status == 0, error);
        return output;
    }
}
