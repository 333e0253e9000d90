using System.Text.Json;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Data;

public sealed class CleanDataTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task A_row_is_rejected_once_and_counted_under_every_reason()
    {
        CleanData.Outputs outputs = await Clean("id,who,n\nC1,ann,5\n2,,0\n3,bob,7\n3,bob,7\nC4,,-1\n3,bob,7\n",
            new() { Name = "duplicates", DropDuplicates = true },
            new() { Name = "missing", Required = ["who"] },
            new() { Name = "cancelled", Where = "id NOT LIKE 'C%'" },
            new() { Name = "nonPositive", Reject = "n <= 0" });

        Assert.Equal((6, 1, 5), (outputs.Report.Read, outputs.Report.Kept, outputs.Report.Rejected));
        Assert.Equal(new() { ["duplicates"] = 2, ["missing"] = 2, ["cancelled"] = 2, ["nonPositive"] = 2 }, new Dictionary<string, long>(outputs.Report.Reasons));
        Assert.Equal([["3", "bob", "7"]], await _context.ReadAsync(outputs.Table));
        Assert.Equal(
        [
            ["C1", "ann", "5", "cancelled"], ["2", null, "0", "missing,nonPositive"], ["3", "bob", "7", "duplicates"],
            ["C4", null, "-1", "missing,cancelled,nonPositive"], ["3", "bob", "7", "duplicates"],
        ], await _context.ReadAsync(outputs.Rejected));
    }

    [Fact]
    public async Task Values_are_changed_in_the_order_of_the_rules_and_rejected_rows_stay_as_they_were_read()
    {
        CleanData.Outputs outputs = await Clean("name,price,stock\n\" Ale \",2.50,many\nPORTER,1.5,3\n\"ipa\",x,1\n",
            new() { Trim = ["name"] },
            new() { Lower = ["name"] },
            new() { Replace = new() { Column = "name", Map = new Dictionary<string, string?> { ["ale"] = "pale ale" } } },
            new() { Replace = new() { Column = "stock", Map = new Dictionary<string, string?> { ["many"] = null } } },
            new() { Fill = new() { Column = "stock", Value = JsonSerializer.SerializeToElement("100") } },
            new() { Cast = new() { Column = "stock", Type = ColumnType.Int64 } },
            new() { Cast = new() { Column = "price", Type = ColumnType.Double } },
            new() { Rename = new Dictionary<string, string> { ["price"] = "euros" } },
            new() { Range = new() { Column = "euros", Min = JsonSerializer.SerializeToElement(1.6) } });

        Assert.Equal("name VARCHAR, euros DOUBLE, stock BIGINT", await _context.SchemaAsync(outputs.Table));
        Assert.Equal([["pale ale", "2.5", "100"]], await _context.ReadAsync(outputs.Table));
        Assert.Equal([["PORTER", "1.5", "3", "range"], ["ipa", "x", "1", "cast"]], await _context.ReadAsync(outputs.Rejected));
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("12x")]
    [InlineData("99999999999999999999")]
    public async Task A_cast_to_whole_numbers_rounds_nothing(string value)
    {
        CleanData.Outputs outputs = await Clean($"n,t\n17850.0,a\n{value},b\n-3,c\nx,d\n", new CleanRule { Cast = new() { Column = "n", Type = ColumnType.Int64 } });

        Assert.Equal([["17850", "a"], ["-3", "c"]], await _context.ReadAsync(outputs.Table));
    }

    [Fact]
    public async Task Lists_and_patterns_let_missing_values_pass()
    {
        CleanData.Outputs outputs = await Clean("size,code,n\nS,A-1,1\n,B-2,2\nXL,C-3,3\nM,,4\nM,D-x,5\n",
            new() { OneOf = new() { Column = "size", Values = [JsonSerializer.SerializeToElement("S"), JsonSerializer.SerializeToElement("M")] } },
            new() { Matches = new() { Column = "code", Pattern = "[A-Z]-\\d" } });

        Assert.Equal([["1"], ["2"], ["4"]], await _context.ReadAsync(outputs.Table, "n"));
    }

    [Fact]
    public async Task The_same_table_and_rules_give_the_same_bytes()
    {
        string text = "a,b\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i % 1700},{i % 3}\n"));
        CleanRule[] rules = [new() { DropDuplicatesBy = ["a"] }, new() { Name = "two", Reject = "b = 2" }];

        CleanData.Outputs one = await Clean(text, rules), two = await Clean(text, rules);

        Assert.Equal((one.Table, one.Rejected, one.ReportFile), (two.Table, two.Rejected, two.ReportFile));
    }

    [Fact]
    public async Task A_table_by_days_stays_a_table_by_days()
    {
        ArtifactRef table = (await _context.RunAsync(new CollectBees(), new()
        {
            Source = _context.Write("a.csv", "at,n\n2020-01-02,2\n2020-01-01,1\n2020-01-01,1\n"),
            EventTime = "at",
        })).Table;

        CleanData.Outputs outputs = await _context.RunAsync(new CleanData(), new() { Table = table, Rules = [new() { DropDuplicates = true }] });

        Assert.Equal([["1", "2020-01-01"], ["2", "2020-01-02"]], await _context.ReadAsync(outputs.Table, "n, day"));
        Assert.Equal(["day=2020-01-01/part-00000.parquet", "day=2020-01-02/part-00000.parquet"],
            (await _context.Artifacts.FindAsync(outputs.Table.Hash, TestContext.Current.CancellationToken))!.Files.Select(f => f.Path));
    }

    [Theory]
    [InlineData("DATA-031", "Did you mean 'price'?", """{"required":["prise"]}""")]
    [InlineData("DATA-030", "says nothing to do", """{"name":"x"}""")]
    [InlineData("DATA-030", "2 keys (required, where)", """{"name":"x","required":["price"],"where":"true"}""")]
    [InlineData("DATA-030", "has no name", """{"where":"price > 1"}""")]
    [InlineData("DATA-032", "prize", """{"name":"x","where":"prize > 1"}""")]
    [InlineData("DATA-032", "x", """{"name":"x","where":"price > 1) FROM read_csv('/etc/passwd'); --"}""")]
    [InlineData("DATA-033", "Cast it to string", """{"trim":["price"]}""")]
    public async Task A_wrong_rule_is_named(string code, string says, string rule)
    {
        CleanRule parsed = JsonSerializer.Deserialize<CleanRule>(rule, JsonSerializerOptions.Web)!;

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Clean("price,t\n1,a\n", parsed));

        Assert.Equal(code, problem.Code);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, CleanRule, string> RulesThatMakeNoSense => new()
    {
        { "no column to compare", new() { DropDuplicatesBy = [] }, "DATA-030" },
        { "no column to require", new() { Required = [] }, "DATA-030" },
        { "no column to trim", new() { Trim = [] }, "DATA-030" },
        { "no value to keep", new() { OneOf = new() { Column = "s", Values = [] } }, "DATA-030" },
        { "a time that is none", new() { Range = new() { Column = "t", Min = Json("\"yesterday\"") } }, "DATA-030" },
        { "a number that is none", new() { Range = new() { Column = "n", Max = Json("\"many\"") } }, "DATA-030" },
        { "numbers order no text", new() { Range = new() { Column = "s", Min = Json("5") } }, "DATA-033" },
        { "a filling of another type", new() { Fill = new() { Column = "n", Value = Json("\"none\"") } }, "DATA-030" },
        { "a truth value among numbers", new() { OneOf = new() { Column = "n", Values = [Json("true")] } }, "DATA-030" },
        { "a pattern that is none", new() { Matches = new() { Column = "s", Pattern = "[a-z" } }, "DATA-030" },
        { "a time format that is none", new() { Cast = new() { Column = "s", Type = ColumnType.Timestamp, Format = "%Q" } }, "DATA-030" },
        { "a name that is ours", new() { Rename = new Dictionary<string, string> { ["n"] = "_mlp_row" } }, "DATA-030" },
    };

    [Theory, MemberData(nameof(RulesThatMakeNoSense))]
    public async Task A_rule_that_makes_no_sense_is_named_and_its_sql_is_not_shown(string what, CleanRule rule, string code)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => Clean("s,t,n\na,2024-01-01T00:00:00Z,1\n", new CleanRule { Name = "first", Required = ["n"] }, rule));
        Assert.True(problem.Code == code, $"{what}: {problem.Code} {problem.Message}");
        Assert.Contains("Rule 2", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SELECT", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_stands_for_its_text_in_a_column_of_text()
    {
        CleanData.Outputs outputs = await Clean("code,n\n007,1\n5,2\n,3\n",
            new() { OneOf = new() { Column = "code", Values = [Json("5"), Json("\"007\"")] } },
            new() { Fill = new() { Column = "code", Value = Json("0") } });
        Assert.Equal([["007", "1"], ["5", "2"], ["0", "3"]], await _context.ReadAsync(outputs.Table));
    }

    [Fact]
    public async Task Rejected_rows_can_be_cleaned_again_and_rows_may_have_a_column_called_reasons()
    {
        ArtifactRef rejected = (await Clean("who,n\nann,0\n,5\nbob,3\n", new() { Required = ["who"] }, new() { Name = "none", Reject = "n = 0" })).Rejected;

        CleanData.Outputs kept = await _context.RunAsync(new CleanData(), new() { Table = rejected, Rules = [new() { Required = ["n"] }] });
        Assert.Equal((2, 2, 0), (kept.Report.Read, kept.Report.Kept, kept.Report.Rejected));
        Assert.Equal([["ann", "0", "none"], [null, "5", "required"]], await _context.ReadAsync(kept.Table));

        CleanData.Outputs again = await _context.RunAsync(new CleanData(), new() { Table = rejected, Rules = [new() { Name = "nobody", Required = ["who"] }] });
        Assert.Equal([["ann", "0", "none"]], await _context.ReadAsync(again.Table));
        Assert.Equal([[null, "5", "required", "nobody"]], await _context.ReadAsync(again.Rejected));
        Assert.Equal("who VARCHAR, n BIGINT, _reasons VARCHAR, _reasons_2 VARCHAR", await _context.SchemaAsync(again.Rejected));
    }

    private static JsonElement Json(string text) => JsonElement.Parse(text);

    private async Task<CleanData.Outputs> Clean(string csv, params CleanRule[] rules)
    {
        ArtifactRef table = (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", csv) })).Table;
        return await _context.RunAsync(new CleanData(), new() { Table = table, Rules = rules });
    }
}
