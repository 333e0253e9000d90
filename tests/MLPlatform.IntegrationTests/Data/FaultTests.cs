using System.IO.Compression;
using System.Text;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

/// <summary>What comes in broken ends in a clear error with a code, or each record that is bad in quarantine with its reason; never in silence.</summary>
public sealed class FaultTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    /// <param name="Code">The error; null where rows and quarantine are told instead.</param>
    public sealed record Fault(string Name, Dictionary<string, byte[]> Files, Reading Reading, string? Code, string Says, int Rows = 0, string Quarantine = "");

    public static TheoryData<string> Names => [.. All.Select(f => f.Name)];

    private static readonly byte[] Parquet = ParquetOf("SELECT i AS a, 'text ' || i AS b FROM range(5000) r(i)");

    private static readonly Fault[] All =
    [
        new("a Parquet file whose last byte is missing", One("a.parquet", Parquet[..^1]), new(), "DATA-010", "a.parquet"),
        new("a Parquet file cut in its footer", One("a.parquet", Parquet[..^200]), new(), "DATA-010", "a.parquet"),
        new("a Parquet file with a footer of another length", One("a.parquet", Changed(Parquet, Parquet.Length - 8, 0xFF)), new(), "DATA-010", "a.parquet"),
        new("a Parquet file with noise in its footer", One("a.parquet", Noise(Parquet, Parquet.Length - 120, 60)), new(), "DATA-010", "a.parquet"),
        new("a Parquet file with a page that was overwritten", One("a.parquet", Noise(Parquet, 10, 2000)), new(), "DATA-010", "a.parquet"),
        new("a good Parquet file and an empty one", Two("a.parquet", Parquet, "b.parquet", []), new(), "DATA-010", "b.parquet"),
        new("a gz cut short", One("a.csv.gz", Gzip(Lines(5000))[..^20]), new(), "DATA-005", "cut short"),
        new("a gz whose second member is cut short", One("a.csv.gz", [.. Gzip(Lines(5)), .. Gzip("7,x\n"u8.ToArray())[..^3]]), new(), "DATA-005", "cut short"),
        new("a gz with bytes of something else behind it", One("a.csv.gz", [.. Gzip(Lines(5)), .. "garbage"u8]), new(), "DATA-005", ""),
        new("GBK that is declared as nothing", One("a.csv", [.. Lines(50), .. Bytes("50,推荐\n", "gb18030")]), new(), null, "", 50, "52 encoding"),
        new("GBK that is declared", One("a.csv", [.. Lines(50), .. Bytes("50,推荐\n", "gb18030")]), new() { Encoding = "gb18030" }, null, "", 51),
        new("a byte that means nothing in the declared encoding", One("a.csv", [.. Lines(50), .. "50,"u8, 0xFF, .. "y\n51,x\n"u8]), new() { Encoding = "gb18030" }, null, "", 51, "52 encoding"),
        new("a file that is all in another encoding", One("a.csv", [.. "a,b\n"u8, .. Bytes("1,推荐\n2,推荐\n", "gb18030")]), new(), "DATA-012", "encoding 2"),
        new("an encoding that nobody knows", One("a.csv", Lines(5)), new() { Encoding = "utf-9" }, "DATA-128", "utf-9"),
        new("a file that goes on with one column more", One("a.csv", [.. Lines(50), .. "50,x,new\n51,y,new\n"u8]), new(), null, "", 50, "52 fieldCount|53 fieldCount"),
        new("a header in the middle of a file", One("a.csv", [.. Lines(50), .. "a,b\n50,x\n"u8]), new() { Columns = [new() { Name = "a", Type = ColumnType.Int64 }] }, null, "", 51, "52 type"),
        new("a number that becomes a text in the middle", One("a.csv", [.. Lines(50), .. "fifty,x\n51,x\n"u8]), new() { Columns = [new() { Name = "a", Type = ColumnType.Int64 }] }, null, "", 51, "52 type"),
        new("a second file with one column more", Two("a.csv", Lines(5), "b.csv", "a,b,c\n1,x,y\n"u8.ToArray()), new(), "DATA-008", "b.csv"),
        new("a column that vanishes from the second file", Two("a.csv", Lines(5), "b.csv", "a\n1\n"u8.ToArray()), new(), "DATA-008", "b.csv"),
        new("a column that vanishes from the second Parquet file", Two("a.parquet", Parquet, "b.parquet", ParquetOf("SELECT 1 AS a")), new(), "DATA-008", "b.parquet"),
        new("a declared column that is not there", One("a.csv", Lines(5)), new() { Columns = [new() { Name = "gone" }] }, "DATA-007", "gone"),
        new("a field that vanishes from JSON lines, required", One("a.jsonl", [.. Json(50), .. "{\"a\":50}\n"u8]), new() { Columns = [new() { Name = "b", Type = ColumnType.String, Required = true }] }, null, "", 50, "51 required"),
        new("a field that is new in JSON lines is a column", One("a.jsonl", [.. Json(50), .. "{\"a\":50,\"b\":\"x\",\"c\":1}\n"u8]), new() { Columns = [new() { Name = "a" }, new() { Name = "b" }] }, null, "", 51),
        new("a JSON line that is cut off", One("a.jsonl", [.. Json(50), .. "{\"a\":50,\"b"u8]), new(), null, "", 50, "51 json"),
    ];

    [Theory, MemberData(nameof(Names))]
    public async Task What_comes_in_broken_is_told(string name)
    {
        Fault fault = All.Single(f => f.Name == name);
        string folder = _context.NewFolder();
        foreach ((string file, byte[] bytes) in fault.Files)
            await File.WriteAllBytesAsync(Path.Combine(folder, file), bytes, TestContext.Current.CancellationToken);
        ImportData.Inputs inputs = new() { From = new() { File = folder }, Reading = fault.Reading };
        if (fault.Code is not null)
        {
            ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new ImportData(), inputs));
            Assert.True(problem.Code == fault.Code && problem.Message.Contains(fault.Says, StringComparison.Ordinal), $"{problem.Code} {problem.Message}");
            return;
        }
        ImportData.Outputs outputs = await _context.RunAsync(new ImportData(), inputs);
        Assert.Equal(fault.Quarantine, string.Join('|', (await _context.ReadAsync(outputs.Quarantine!, "line, reason")).Select(r => $"{r[0]} {r[1]}")));
        Assert.Equal(fault.Rows, outputs.Rows);
    }

    [Fact]
    public async Task A_field_that_vanishes_without_being_required_is_seen_by_a_check_against_what_was()
    {
        ArtifactRef before = await ImportAsync(Json(50)), after = await ImportAsync([.. Json(5), .. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(5, 45).Select(i => $"{{\"a\":{i}}}\n")))]);

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new CheckData(), new()
        {
            Table = after,
            Reference = before,
            Expectations = [new() { Schema = new() { Exact = true } }, new() { Drift = new() { Columns = ["b"], MaxPsi = 0.2 } }, new() { NotNull = ["b"] }],
        }));

        Assert.Equal("DATA-100", problem.Code);
        Assert.Contains("2 of 3", problem.Message, StringComparison.Ordinal);
    }

    private async Task<ArtifactRef> ImportAsync(byte[] json) =>
        (await _context.RunAsync(new ImportData(), new() { From = new() { File = _context.Write("a.jsonl", json) } })).Table!;

    private static Dictionary<string, byte[]> One(string name, byte[] bytes) => new() { [name] = bytes };

    private static Dictionary<string, byte[]> Two(string one, byte[] first, string two, byte[] second) => new() { [one] = first, [two] = second };

    private static byte[] Lines(int count) => Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{i},text {i}\n")));

    private static byte[] Json(int count) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, count).Select(i => $"{{\"a\":{i},\"b\":\"text {i}\"}}\n")));

    private static byte[] Bytes(string text, string encoding) => CodePagesEncodingProvider.Instance.GetEncoding(encoding)!.GetBytes(text);

    private static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    private static byte[] Noise(byte[] bytes, int from, int count)
    {
        byte[] changed = [.. bytes];
        new Random(1).NextBytes(changed.AsSpan(from, count));
        return changed;
    }

    private static byte[] ParquetOf(string sql)
    {
        using TestActivityContext context = new();
        ArtifactRef any = context.RunAsync(new CollectBees(), new() { Source = context.Write("a.csv", "a\n1\n") }, CancellationToken.None).GetAwaiter().GetResult().Table;
        ArtifactRef table = context.RunAsync(new RunSql(), new() { Tables = new Dictionary<string, ArtifactRef> { ["any"] = any }, Sql = sql }, CancellationToken.None).GetAwaiter().GetResult().Table;
        string folder = context.NewFolder();
        context.Artifacts.LayOutAsync(table.Hash, folder, CancellationToken.None).GetAwaiter().GetResult();
        return File.ReadAllBytes(Directory.EnumerateFiles(folder, "*.parquet").Single());
    }
}
