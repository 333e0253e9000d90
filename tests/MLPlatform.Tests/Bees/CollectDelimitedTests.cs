using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Tables;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Bees;

public sealed class CollectDelimitedTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Types_are_found_out_from_all_values_and_empty_fields_are_missing()
    {
        CollectBees.Outputs outputs = await Collect("a.csv",
            "id,code,price,when,flag,zip\n1,536365,2.5,2010-12-01 08:26:00,true,01234\n2,C536379,3,2010-12-02T09:00:00.5+01:00,FALSE,99999\n3,,,,,\n");

        Assert.Equal("id BIGINT, code VARCHAR, price DOUBLE, when TIMESTAMP, flag BOOLEAN, zip VARCHAR", await _context.SchemaAsync(outputs.Table));
        List<string?[]> rows = await _context.ReadAsync(outputs.Table);
        Assert.Equal(["1", "536365", "2.5", "2010-12-01 08:26:00.000000", "True", "01234"], rows[0]);
        Assert.Equal(["2", "C536379", "3", "2010-12-02 08:00:00.500000", "False", "99999"], rows[1]);
        Assert.Equal(["3", null, null, null, null, null], rows[2]);
        Assert.Equal((3, 0, 1), (outputs.Rows, outputs.Rejected, outputs.Files));
    }

    [Fact]
    public async Task Quoted_fields_hold_separators_line_ends_and_doubled_quotes()
    {
        CollectBees.Outputs outputs = await Collect("a.csv", "a,b\r\n\"x,\"\"y\"\"\",\"two\r\nlines\"\r\nplain \"quote\",\"\"\r\n");

        List<string?[]> rows = await _context.ReadAsync(outputs.Table);
        Assert.Equal(["x,\"y\"", "two\r\nlines"], rows[0]);
        Assert.Equal(["plain \"quote\"", ""], rows[1]);
    }

    [Fact]
    public async Task Bad_rows_go_to_quarantine_with_line_offset_and_reason_and_reading_goes_on()
    {
        CollectBees.Outputs outputs = await Collect("a.csv", "a,b\n1,2\n3\n\"4\"x,5\n6,7,8\n9,ten\n11,12\n",
            c => c with { Columns = [new() { Name = "a", Type = ColumnType.Int64 }, new() { Name = "b", Type = ColumnType.Int64 }] });

        Assert.Equal([["1", "2"], ["11", "12"]], await _context.ReadAsync(outputs.Table));
        Assert.Equal(
        [
            ["a.csv", "3", "8", "fieldCount", "1 fields instead of 2", "3"],
            ["a.csv", "4", "10", "quoting", "text follows the closing quote of a field", "\"4\"x,5"],
            ["a.csv", "5", "17", "fieldCount", "3 fields instead of 2", "6,7,8"],
            ["a.csv", "6", "23", "type", "the value of 'b' is not of type int64", "9,ten"],
        ], await _context.ReadAsync(outputs.Quarantine));
        Assert.Equal((2, 4), (outputs.Rows, outputs.Rejected));
    }

    [Fact]
    public async Task An_unclosed_quote_gives_up_its_own_line_only()
    {
        CollectBees.Outputs outputs = await Collect("a.csv", "a,b\n1,x\n2,\"open\n3,y\n4,z\n");

        Assert.Equal([["1", "x"], ["3", "y"], ["4", "z"]], await _context.ReadAsync(outputs.Table));
        Assert.Equal([["3", "8", "quoting"]], await _context.ReadAsync(outputs.Quarantine, "line, \"offset\", reason"));
    }

    [Fact]
    public async Task Files_without_header_take_declared_names_comments_blanks_and_markers()
    {
        CollectBees.Outputs outputs = await Collect("adult.test", "|1x3 Cross validator\n25, Private, <=50K.\n\n38, ?, >50K.\n", c => c with
        {
            Format = SourceFormat.Csv,
            Header = false,
            Trim = true,
            Comment = "|",
            Missing = ["?"],
            Columns = [new() { Name = "age" }, new() { Name = "work" }, new() { Name = "label" }],
        });

        Assert.Equal([["25", "Private", "<=50K."], ["38", null, ">50K."]], await _context.ReadAsync(outputs.Table));
        Assert.Equal("age BIGINT, work VARCHAR, label VARCHAR", await _context.SchemaAsync(outputs.Table));
    }

    [Fact]
    public async Task Text_without_quoting_keeps_its_quotes()
    {
        CollectBees.Outputs outputs = await Collect("sms.tsv", "ham\t\"Hi\" she said\nspam\t\"never closed\n", c => c with { Header = false, Quoting = false });

        Assert.Equal([["ham", "\"Hi\" she said"], ["spam", "\"never closed"]], await _context.ReadAsync(outputs.Table, "column_1, column_2"));
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public async Task Every_kind_of_line_end_is_understood(string newLine)
    {
        CollectBees.Outputs outputs = await Collect("a.csv", string.Join(newLine, "\uFEFFa;b", "1;x", "2;y"), c => c with { Separator = ";" });

        Assert.Equal([["1", "x"], ["2", "y"]], await _context.ReadAsync(outputs.Table, "a, b"));
    }

    [Fact]
    public async Task An_event_time_partitions_by_day_in_utc()
    {
        CollectBees.Outputs outputs = await Collect("a.csv",
            "n,at\n1,2010-12-01T23:30:00-01:00\n2,2010-12-01T00:00:00Z\n3,\n4,2010-12-02 10:00\n5,soon\n", c => c with
            {
                EventTime = "at",
                Lineage = true,
                Columns = [new() { Name = "at", Type = ColumnType.Timestamp }],
            });

        Assert.Equal(["2010-12-01", "2010-12-02"], outputs.Days);
        Assert.Equal([["2", "2010-12-01", "3"], ["1", "2010-12-02", "2"], ["4", "2010-12-02", "5"]], await _context.ReadAsync(outputs.Table, "n, day, _line"));
        Assert.Equal([["noEventTime"], ["type"]], await _context.ReadAsync(outputs.Quarantine, "reason"));
        Assert.Equal(["day=2010-12-01/part-00000.parquet", "day=2010-12-02/part-00000.parquet"],
            (await _context.Artifacts.FindAsync(outputs.Table.Hash, TestContext.Current.CancellationToken))!.Files.Select(f => f.Path));
    }

    [Fact]
    public async Task The_same_files_give_the_same_bytes_wherever_they_lie()
    {
        const string text = "a,b,c\n1,x,0.1\n2,\"bad\n3,z,\n";
        CollectBees.Outputs one = await Collect("a.csv", text), two = await Collect("a.csv", text);

        Assert.Equal((one.Table, one.Quarantine), (two.Table, two.Quarantine));
    }

    private Task<CollectBees.Outputs> Collect(string name, string text, Func<CollectBees.Inputs, CollectBees.Inputs>? with = null)
    {
        CollectBees.Inputs inputs = new() { Source = _context.Write(name, text) };
        return _context.RunAsync(new CollectBees(), with?.Invoke(inputs) ?? inputs);
    }
}
