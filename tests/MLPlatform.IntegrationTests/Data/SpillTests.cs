using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Data.Aggregates;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

public sealed class SpillTests : IDisposable
{
    private readonly TestActivityContext _context = new() { MemoryToUse = 384L << 20 };

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task A_table_larger_than_the_memory_is_checked_and_aggregated_exactly()
    {
        // 3.6 M rows of which every value of 'id' and 'x' differs: half of the memory, 192 MiB, does not hold one column with its hash table.
        ArtifactRef any = (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", "a\n1\n") })).Table;
        ArtifactRef large = (await _context.RunAsync(new RunSql(), new()
        {
            Tables = new Dictionary<string, ArtifactRef> { ["any"] = any },
            Sql = "SELECT md5(i::VARCHAR) AS id, (i * 7919 % 3600011)::DOUBLE AS x, i % 3 AS g FROM range(3600000) r(i)",
        })).Table;

        CheckData.Outputs checkedTable = await _context.RunAsync(new CheckData(), new()
        {
            Table = large,
            Reference = large,
            Expectations = [new() { Unique = ["id"] }, new() { Drift = new() { Columns = ["x"] } }],
        });
        AggregateData.Outputs groups = await _context.RunAsync(new AggregateData(), new()
        {
            Table = large,
            GroupBy = ["g"],
            Measures = [new() { Name = "ids", Distinct = "id" }, new() { Name = "median", Quantile = new() { Column = "x", Share = 0.5 } }],
        });

        Assert.True(checkedTable.Passed);
        Assert.Equal(["1200000", "1200000", "1200000"], (await _context.ReadAsync(groups.Table, "ids")).Select(r => r[0]));
        double[] expected = [.. Enumerable.Range(0, 3).Select(g => Enumerable.Range(0, 1_200_000).Select(k => (3L * k + g) * 7919 % 3600011).Order().ElementAt(599_999)).Select(v => (double)v)];
        Assert.Equal(expected, (await _context.ReadAsync(groups.Table, "median")).Select(r => double.Parse(r[0]!, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_table_larger_than_the_memory_is_cleaned_all_the_same()
    {
        ArtifactRef any = (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", "a\n1\n") })).Table;
        ArtifactRef large = (await _context.RunAsync(new RunSql(), new()
        {
            Tables = new Dictionary<string, ArtifactRef> { ["any"] = any },
            Sql = "SELECT i % 900000 AS id, md5((i % 900000)::VARCHAR) || repeat('x', 200) AS text FROM range(1000000) r(i)",
        })).Table;

        CleanData.Outputs outputs = await _context.RunAsync(new CleanData(), new() { Table = large, Rules = [new() { DropDuplicates = true }] });

        Assert.Equal((1_000_000, 900_000, 100_000), (outputs.Report.Read, outputs.Report.Kept, outputs.Report.Rejected));
        Assert.Equal(0, await _context.CountAsync(outputs.Rejected, "id >= 100000"));
    }
}
