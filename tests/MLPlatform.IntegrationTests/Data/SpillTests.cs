using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

public sealed class SpillTests : IDisposable
{
    private readonly TestActivityContext _context = new() { MemoryToUse = 256L << 20 };

    public void Dispose() => _context.Dispose();

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
