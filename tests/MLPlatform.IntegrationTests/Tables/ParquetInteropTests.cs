using MLPlatform.Activities.Bees;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace MLPlatform.IntegrationTests.Tables;

/// <summary>Tables are plain Parquet: a library that shares no code with the writer reads them.</summary>
public sealed class ParquetInteropTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Another_library_reads_types_values_and_missing_values()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        ArtifactRef table = (await _context.RunAsync(new CollectBees(), new()
        {
            Source = _context.Write("a.csv", "text,whole,real,flag,at\nŽluťoučký,1,0.5,true,2020-01-01T00:00:01Z\n,,,,\n\"\",-9,1e300,false,1969-12-31\n"),
        })).Table;
        ArtifactFile file = Assert.Single((await _context.Artifacts.FindAsync(table.Hash, cancel))!.Files);
        await using ParquetReader reader = await ParquetReader.CreateAsync(await _context.Artifacts.FetchAsync(file, cancel), cancellationToken: cancel);
        DataField[] fields = reader.Schema.GetDataFields();
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(0);

        string?[] text = new string?[3];
        long?[] whole = new long?[3];
        double?[] real = new double?[3];
        bool?[] flag = new bool?[3];
        DateTime?[] at = new DateTime?[3];
        await group.ReadAsync(fields[0], text!, null, cancel);
        await group.ReadAsync<long>(fields[1], whole, null, cancel);
        await group.ReadAsync<double>(fields[2], real, null, cancel);
        await group.ReadAsync<bool>(fields[3], flag, null, cancel);
        await group.ReadAsync<DateTime>(fields[4], at, null, cancel);

        Assert.Equal(["text", "whole", "real", "flag", "at"], fields.Select(f => f.Name));
        Assert.Equal(["Žluťoučký", null, ""], text);
        Assert.Equal([1, null, -9], whole);
        Assert.Equal([0.5, null, 1e300], real);
        Assert.Equal([true, null, false], flag);
        Assert.Equal([new DateTime(2020, 1, 1, 0, 0, 1), null, new DateTime(1969, 12, 31)], at);
    }
}
