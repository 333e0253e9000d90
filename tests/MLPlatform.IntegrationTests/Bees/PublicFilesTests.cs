using System.IO.Compression;
using MLPlatform.Activities.Bees;
using MLPlatform.Tests;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>Public files with their own habits are collected whole; each test counts the lines itself.</summary>
public sealed class PublicFilesTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Text_messages_keep_their_quotes_and_their_number()
    {
        string file = SharedData.File("data/extra_sms_spam/SMSSpamCollection.tsv");
        string[] lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);

        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new() { Source = file, Header = false, Quoting = false });

        Assert.Equal((5574, 0), (outputs.Rows, outputs.Rejected));
        Assert.Equal(lines, (await _context.ReadAsync(outputs.Table)).Select(r => $"{r[0]}\t{r[1]}"));
    }

    [Theory]
    [InlineData("adult.data.gz", 32_561)]
    [InlineData("adult.test.gz", 16_281)]
    public async Task The_census_is_collected_whole_and_its_question_marks_are_missing_values(string name, int rows)
    {
        string file = SharedData.File($"data/adult_census/{name}");
        using GZipStream gzip = new(File.OpenRead(file), CompressionMode.Decompress);
        using StreamReader reader = new(gzip);
        string[] lines = [.. (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n').Where(l => l.Length > 0 && l[0] != '|')];

        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new()
        {
            Source = file,
            Format = SourceFormat.Csv,
            Header = false,
            Trim = true,
            Comment = "|",
            Missing = ["?"],
        });

        Assert.Equal((rows, 0), (outputs.Rows, outputs.Rejected));
        List<string?[]> collected = await _context.ReadAsync(outputs.Table);
        Assert.Equal(lines, collected.Select(r => string.Join(", ", r.Select(v => v ?? "?"))));
    }

    [Fact]
    public async Task Beers_are_collected_dirty_and_clean()
    {
        string folder = SharedData.File("data/extra_beers_dirty_clean");

        CollectBees.Outputs dirty = await _context.RunAsync(new CollectBees(), new() { Source = Path.Combine(folder, "dirty.csv") });
        CollectBees.Outputs clean = await _context.RunAsync(new CollectBees(), new() { Source = Path.Combine(folder, "clean.csv") });

        Assert.Equal((2410, 0, 2410, 0), (dirty.Rows, dirty.Rejected, clean.Rows, clean.Rejected));
    }
}
