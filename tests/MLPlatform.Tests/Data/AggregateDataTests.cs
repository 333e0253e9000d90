using System.Text.Json;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data.Aggregates;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Data;

public sealed class AggregateDataTests : IDisposable
{
    private const string Sales = "shop,item,n,price,at\nb,i1,5,2.5,2020-01-01T10:00:00\na,i2,1,1.5,2020-01-01T10:59:59\na,i1,3,2.5,2020-01-01T11:00:00\n,i3,4,,2020-01-02T12:00:00\na,i1,-2,0.5,\n";

    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Groups_come_in_order_with_every_measure()
    {
        AggregateData.Outputs outputs = await Aggregate(Sales, """
            {"groupBy":["shop"],"derive":{"worth":"n * price"},"measures":[
              {"name":"rows","count":true},{"name":"priced","countOf":"price"},{"name":"n","sum":"n"},{"name":"worth","sum":"worth"},
              {"name":"mean","mean":"n"},{"name":"low","min":"n"},{"name":"last","max":"at"},{"name":"items","distinct":"item"},
              {"name":"median","quantile":{"column":"n","share":0.5}},{"name":"best","top":{"column":"item","most":2}},
              {"name":"back","count":true,"where":"n < 0"},{"name":"sold","distinct":"item","where":"n > 1"}]}
            """);

        Assert.Equal((3, 5, 0), (outputs.Rows, outputs.Read, outputs.Outside));
        Assert.Equal("shop VARCHAR, rows BIGINT, priced BIGINT, n BIGINT, worth DOUBLE, mean DOUBLE, low BIGINT, last TIMESTAMP, items BIGINT, median BIGINT, best VARCHAR, back BIGINT, sold BIGINT",
            await _context.SchemaAsync(outputs.Table));
        Assert.Equal(
        [
            [null, "1", "0", "4", null, "4", "4", "2020-01-02 12:00:00.000000", "1", "4", """[{"value":"i3","count":1}]""", "0", "1"],
            ["a", "3", "3", "2", "8", "0.6666666666666666", "-2", "2020-01-01 11:00:00.000000", "2", "1", """[{"value":"i1","count":2},{"value":"i2","count":1}]""", "1", "1"],
            ["b", "1", "1", "5", "12.5", "5", "5", "2020-01-01 10:00:00.000000", "1", "5", """[{"value":"i1","count":1}]""", "0", "1"],
        ], await _context.ReadAsync(outputs.Table));
    }

    [Theory]
    [InlineData("""{"column":"at","size":"PT1H"}""", 1, "2020-01-01 10:00:00.000000 2|2020-01-01 11:00:00.000000 1|2020-01-02 12:00:00.000000 1")]
    [InlineData("""{"column":"at","size":"PT2H","every":"PT1H"}""", 1, "2020-01-01 09:00:00.000000 2|2020-01-01 10:00:00.000000 3|2020-01-01 11:00:00.000000 1|2020-01-02 11:00:00.000000 1|2020-01-02 12:00:00.000000 1")]
    [InlineData("""{"column":"at","calendar":"week"}""", 1, "2019-12-30 00:00:00.000000 4")]
    [InlineData("""{"column":"at","calendar":"month"}""", 1, "2020-01-01 00:00:00.000000 4")]
    public async Task Rows_fall_into_windows_of_time(string window, long outside, string expected)
    {
        AggregateData.Outputs outputs = await Aggregate(Sales, $$"""{"window":{{window}},"measures":[{"name":"rows","count":true}]}""");

        Assert.Equal(expected, string.Join("|", (await _context.ReadAsync(outputs.Table)).Select(r => $"{r[0]} {r[1]}")));
        Assert.Equal(outside, outputs.Outside);
    }

    [Fact]
    public async Task Instants_before_1970_are_in_the_window_that_begins_before_them()
    {
        AggregateData.Outputs outputs = await Aggregate("at\n1969-12-31T23:30:00\n1970-01-01T00:30:00\n", """{"window":{"column":"at","size":"PT1H"},"measures":[{"name":"n","count":true}]}""");

        Assert.Equal([["1969-12-31 23:00:00.000000", "1"], ["1970-01-01 00:00:00.000000", "1"]], await _context.ReadAsync(outputs.Table));
    }

    [Fact]
    public async Task Without_groups_there_is_one_row_even_of_no_rows()
    {
        AggregateData.Outputs outputs = await Aggregate(Sales, """{"where":"n > 100","measures":[{"name":"rows","count":true},{"name":"m","quantile":{"column":"n","share":0.9}},{"name":"d","distinct":"n"},{"name":"t","top":{"column":"n"}}]}""");

        Assert.Equal([["0", null, "0", "[]"]], await _context.ReadAsync(outputs.Table));
        Assert.Equal(5, outputs.Outside);
    }

    [Fact]
    public async Task Sums_of_doubles_do_not_depend_on_the_number_of_cores()
    {
        string text = "g,x\n" + string.Concat(Enumerable.Range(0, 300_000).Select(i => FormattableString.Invariant($"{i % 3},{Math.Sin(i) * Math.Pow(10, i % 9)}\n")));
        ArtifactRef table = await Collect(text);
        List<string> hashes = [];
        foreach (int cores in new[] { 1, 2, 4 })
        {
            _context.CoresToUse = cores;
            hashes.Add((await _context.RunAsync(new AggregateData(), Parse("""{"groupBy":["g"],"measures":[{"name":"x","sum":"x"},{"name":"m","mean":"x"}]}""", table))).Table.Hash);
        }
        Assert.Single(hashes.Distinct());
    }

    [Theory]
    [InlineData("DATA-031", "Did you mean 'shop'?", """{"groupBy":["shpo"],"measures":[{"name":"n","count":true}]}""")]
    [InlineData("DATA-110", "measures nothing", """{"measures":[{"name":"n"}]}""")]
    [InlineData("DATA-110", "measures nothing", """{"measures":[{"name":"n","count":false}]}""")]
    [InlineData("DATA-110", "2 keys (sum, mean)", """{"measures":[{"name":"n","sum":"n","mean":"n"}]}""")]
    [InlineData("DATA-110", "two columns called 'shop'", """{"groupBy":["shop"],"measures":[{"name":"SHOP","count":true}]}""")]
    [InlineData("DATA-110", "is a column of the table already", """{"derive":{"n":"1"},"measures":[{"name":"x","count":true}]}""")]
    [InlineData("DATA-111", "adds 'shop'", """{"measures":[{"name":"n","sum":"shop"}]}""")]
    [InlineData("DATA-111", "quantile of 'shop'", """{"measures":[{"name":"n","quantile":{"column":"shop","share":0.5}}]}""")]
    [InlineData("DATA-112", "not a timestamp", """{"window":{"column":"n","size":"PT1H"},"measures":[{"name":"n","count":true}]}""")]
    [InlineData("DATA-112", "either size", """{"window":{"column":"at"},"measures":[{"name":"n","count":true}]}""")]
    [InlineData("DATA-112", "whole multiple", """{"window":{"column":"at","size":"PT3H","every":"PT2H"},"measures":[{"name":"n","count":true}]}""")]
    [InlineData("DATA-112", "at most 1000", """{"window":{"column":"at","size":"P1D","every":"PT1S"},"measures":[{"name":"n","count":true}]}""")]
    [InlineData("DATA-113", "sohp", """{"where":"sohp = 'a'","measures":[{"name":"n","count":true}]}""")]
    [InlineData("DATA-113", "single SQL expression", """{"where":"true), (1","measures":[{"name":"n","count":true}]}""")]
    [InlineData("DATA-113", "", """{"derive":{"x":"(SELECT max(content) FROM read_text('/etc/passwd'))"},"measures":[{"name":"n","max":"x"}]}""")]
    public async Task A_wrong_aggregation_is_named(string code, string says, string inputs)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Aggregate(Sales, inputs));

        Assert.Equal(code, problem.Code);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    private async Task<AggregateData.Outputs> Aggregate(string csv, string inputs) =>
        await _context.RunAsync(new AggregateData(), Parse(inputs, await Collect(csv)));

    private static AggregateData.Inputs Parse(string inputs, ArtifactRef table)
    {
        string json = JsonSerializer.Serialize(table, ActivityJson.Options);
        return JsonSerializer.Deserialize<AggregateData.Inputs>($$"""{"table":{{json}},{{inputs.Trim()[1..]}}""", ActivityJson.Options)!;
    }

    private async Task<ArtifactRef> Collect(string csv) => (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", csv) })).Table;
}
