using System.IO.Compression;
using System.Text;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Bees;

public sealed class CollectBadInputTests : IDisposable
{
    private static readonly byte[] Png = [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 13];
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    public static TheoryData<string, string, byte[], string, string> Files() => new()
    {
        { "plain text named .gz", "a.csv.gz", "a,b\n1,2\n"u8.ToArray(), "DATA-004", "named .gz but is plain text" },
        { "an empty .gz", "a.csv.gz", [], "DATA-004", "is empty" },
        { "a gz cut short", "a.csv.gz", Gzip(Many)[..^2000], "DATA-005", "cut short" },
        { "a gz without its last byte", "a.csv.gz", Gzip("a,b\n1,2\n"u8.ToArray())[..^1], "DATA-005", "cut short" },
        { "a gz with a changed byte", "a.csv.gz", Changed(Gzip(Many)), "DATA-005", "changed" },
        { "a picture", "a.csv", Png, "DATA-004", "a PNG image" },
        { "a picture in a gz", "a.csv.gz", Gzip(Png), "DATA-004", "a PNG image" },
        { "a gz in a gz", "a.csv.gz", Gzip(Gzip(Many)), "DATA-004", "gzip" },
        { "UTF-16", "a.csv", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,2\n")], "DATA-004", "UTF-16" },
        { "noise", "a.csv", [.. Enumerable.Range(0, 500).Select(i => (byte)(i % 23))], "DATA-004", "binary data" },
        { "nothing at all", "a.csv", [], "DATA-006", "no header and no record" },
        { "a header that names a column twice", "a.csv", "a,b,A,a\n1,2,3,4\n"u8.ToArray(), "DATA-006", "'a' twice" },
        { "a header whose names differ in case", "a.csv", "a,A\n1,2\n"u8.ToArray(), "DATA-006", "'a'" },
        { "a header with an open quote", "a.csv", "a,\"b\n1,2\n"u8.ToArray(), "DATA-006", "not closed" },
        { "text named .parquet", "a.parquet", "a,b\n1,2\n"u8.ToArray(), "DATA-010", "a.parquet" },
        { "Parquet named .csv", "a.csv", [.. "PAR1"u8, 1, 2, 3, 4, .. "PAR1"u8], "DATA-004", "a Parquet file" },
        { "Parquet with a broken footer", "a.parquet", [.. "PAR1"u8, .. new byte[64], 16, 0, 0, 0, .. "PAR1"u8], "DATA-010", "a.parquet" },
        { "a name that says nothing", "a.bin", "a,b\n"u8.ToArray(), "DATA-009", "Set format" },
    };

    [Theory, MemberData(nameof(Files))]
    public async Task A_file_that_is_not_what_it_says_is_refused(string what, string name, byte[] bytes, string code, string says)
    {
        ActivityException problem = await Fails(new() { Source = _context.Write(name, bytes) });

        Assert.True(code == problem.Code, $"{what}: {problem.Code} {problem.Message}");
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LINE ", problem.Message, StringComparison.Ordinal); // Queries of our own say nothing to anybody.
        Assert.DoesNotContain("query", problem.Message, StringComparison.Ordinal);
        Assert.Contains(name, code == "DATA-006" && says != "not closed" ? name : problem.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string[], string> Lines() => new()
    {
        { "invalid UTF-8", [.. "a,b\n1,x\n2,"u8, 0xC3, 0x28, .. "\n3,y\n"u8], ["1", "3"], "encoding" },
        { "a NUL byte", [.. "a,b\n1,x\n2,"u8, 0, .. "z\n3,y\n"u8], ["1", "3"], "nul" },
        { "a line of 10 MB", [.. "a,b\n1,x\n2,"u8, .. Enumerable.Repeat((byte)'z', 10_000_000), .. "\n3,y\n"u8], ["1", "3"], "tooLong" },
        { "a last line of 10 MB", [.. "a,b\n1,x\n2,"u8, .. Enumerable.Repeat((byte)'z', 10_000_000)], ["1"], "tooLong" },
        { "a quoted field of 10 MB", [.. "a,b\n1,x\n2,\""u8, .. Enumerable.Repeat((byte)'z', 10_000_000), .. "\"\n3,y\n"u8], ["1", "3"], "tooLong" },
        { "a line with too few fields", "a,b\n1,x\n2\n3,y\n"u8.ToArray(), ["1", "3"], "fieldCount" },
        { "a line with too many fields", "a,b\n1,x\n2,z,z\n3,y\n"u8.ToArray(), ["1", "3"], "fieldCount" },
        { "a quote that is never closed", "a,b\n1,x\n2,\"z\n3,y\n"u8.ToArray(), ["1", "3"], "quoting" },
        { "text behind a quote", "a,b\n1,x\n\"2\"2,z\n3,y\n"u8.ToArray(), ["1", "3"], "quoting" },
    };

    [Theory, MemberData(nameof(Lines))]
    public async Task A_bad_line_goes_to_quarantine_and_the_others_are_kept(string what, byte[] bytes, string[] kept, string reason)
    {
        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", bytes) });

        Assert.Equal(kept, (await _context.ReadAsync(outputs.Table, "a")).Select(r => r[0]));
        List<string?[]> bad = await _context.ReadAsync(outputs.Quarantine, "reason, line, \"offset\", length(text)");
        Assert.True(bad.Count == 1 && bad[0][0] == reason && bad[0][1] == "3" && bad[0][2] == "8", $"{what}: {string.Join(" ", bad.SelectMany(b => b))}");
        Assert.True(int.Parse(bad[0][3]!, System.Globalization.CultureInfo.InvariantCulture) <= 4096);
    }

    [Fact]
    public async Task Only_a_header_is_an_empty_table_with_columns()
    {
        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", "a,b") });

        Assert.Equal((0, 0, "a VARCHAR, b VARCHAR"), (outputs.Rows, outputs.Rejected, await _context.SchemaAsync(outputs.Table)));
    }

    [Fact]
    public async Task Several_gzip_members_in_one_file_are_one_text()
    {
        byte[] bytes = [.. Gzip("a,b\n1,x\n"u8.ToArray()), .. Gzip("2,y\n"u8.ToArray())];

        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", bytes) });

        Assert.Equal([["1", "x"], ["2", "y"]], await _context.ReadAsync(outputs.Table));
    }

    [Fact]
    public async Task A_source_that_is_not_there_is_answered_with_the_nearest_name()
    {
        string folder = Path.GetDirectoryName(_context.Write("online_retail.csv", "a\n1\n"))!;

        ActivityException file = await Fails(new() { Source = Path.Combine(folder, "online_retial.csv") });
        ActivityException below = await Fails(new() { Source = Path.Combine(folder, "online", "day", "a.csv") });
        ActivityException inFile = await Fails(new() { Source = Path.Combine(folder, "online_retail.csv", "online_retail.csv") });
        ActivityException glob = await Fails(new() { Source = Path.Combine(folder, "*.jsonl") });
        ActivityException empty = await Fails(new() { Source = _context.NewFolder() });
        ActivityException registered = await Fails(new() { Source = "source:appstore" });
        ActivityException column = await Fails(new() { Source = folder, EventTime = "b" });

        Assert.Equal(["DATA-001", "DATA-001", "DATA-002", "DATA-002", "DATA-003", "DATA-011"],
            new[] { file, below, glob, empty, registered, column }.Select(p => p.Code));
        Assert.Contains("Did you mean 'online_retail.csv'?", file.Message, StringComparison.Ordinal);
        Assert.Contains("there is no 'online' in", below.Message, StringComparison.Ordinal);
        Assert.Contains($"'{folder}/online_retail.csv' is a file, not a folder", inFile.Message, StringComparison.Ordinal);
        Assert.Contains("'online_retail.csv'", glob.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_with_other_columns_are_refused_or_united_by_name()
    {
        string folder = _context.NewFolder();
        File.WriteAllText(Path.Combine(folder, "1.csv"), "a,b\n1,x\n");
        File.WriteAllText(Path.Combine(folder, "2.csv"), "c,a\ntrue,2.5\n");
        File.WriteAllText(Path.Combine(folder, "README.md"), "not data");

        ActivityException problem = await Fails(new() { Source = folder });
        CollectBees.Outputs united = await _context.RunAsync(new CollectBees(), new() { Source = folder, DifferingColumns = DifferingColumns.Union });

        Assert.Equal("DATA-008", problem.Code);
        Assert.Contains("'2.csv' differ from those of '1.csv': it lacks 'b' and it adds 'c'", problem.Message, StringComparison.Ordinal);
        Assert.Equal("a DOUBLE, b VARCHAR, c BOOLEAN", await _context.SchemaAsync(united.Table));
        Assert.Equal([["1", "x", null], ["2.5", null, "True"]], await _context.ReadAsync(united.Table));
        Assert.Contains(_context.Lines, l => l.Contains("README.md", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 1, null, true)]
    [InlineData(1, 9, null, false)]
    [InlineData(900, 99, null, false)]
    [InlineData(900, 101, null, true)]
    [InlineData(900, 100, null, false)]
    [InlineData(0, 3, 1.0, false)]
    [InlineData(9, 1, 0.05, true)]
    [InlineData(0, 0, null, false)]
    public async Task Where_nobody_set_a_limit_all_bad_or_a_tenth_of_many_is_too_many(int good, int bad, double? limit, bool fails)
    {
        string text = "n,m\n" + string.Concat(Enumerable.Repeat("1,2\n", good)) + string.Concat(Enumerable.Repeat("1\n", bad));
        CollectBees.Inputs inputs = new() { Source = _context.Write("a.csv", text), MaxRejectedFraction = limit };
        if (fails)
        {
            ActivityException problem = await Fails(inputs);
            Assert.Equal("DATA-012", problem.Code);
            Assert.Contains($"'a.csv', line {good + 2}", problem.Message, StringComparison.Ordinal);
        }
        else
        {
            CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), inputs);
            Assert.Equal((good, bad), (outputs.Rows, outputs.Rejected));
        }
    }

    [Fact]
    public async Task Too_many_bad_records_fail_the_collection_when_a_limit_is_set()
    {
        CollectBees.Inputs inputs = new() { Source = _context.Write("a.csv", "a,b\n1,2\n3\n4\n5,6\n"), MaxRejectedFraction = 0.4 };

        Assert.Equal("DATA-012", (await Fails(inputs)).Code);
        Assert.Equal(2, (await _context.RunAsync(new CollectBees(), inputs with { MaxRejectedFraction = 0.5 })).Rejected);
    }

    [Fact]
    public async Task A_value_that_does_not_fit_the_type_found_beforehand_goes_to_quarantine()
    {
        StringBuilder text = new("n,t\n");
        for (int i = 0; i < 60_000; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i},x\n");
        text.Append("late,x\n");

        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", text.ToString()), InferenceBytes = 1 << 16 });

        Assert.Equal((60_000, 1), (outputs.Rows, outputs.Rejected));
        Assert.Equal([["60002", "type", "late,x"]], await _context.ReadAsync(outputs.Quarantine, "line, reason, text"));
    }

    private Task<ActivityException> Fails(CollectBees.Inputs inputs) =>
        Assert.ThrowsAsync<ActivityException>(() => _context.RunAsync(new CollectBees(), inputs));

    private static byte[] Many => Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i},{i * 7919 % 1000}\n")));

    private static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream target = new();
        using (GZipStream gzip = new(target, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return target.ToArray();
    }

    private static byte[] Changed(byte[] bytes)
    {
        bytes[bytes.Length / 2] ^= 0x55;
        return bytes;
    }
}
