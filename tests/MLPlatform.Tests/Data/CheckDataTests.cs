using System.Text.Json;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Data;

public sealed class CheckDataTests : IDisposable
{
    private const string Sales = "invoice,item,quantity,price,country,at\nA1,i1,5,2.5,France,2011-01-01T10:00:00\nA1,i2,-1,1.0,France,2011-01-01T10:00:00\nA2,i1,3,2.5,,2011-01-02T09:30:00\nA3,i9,4,900,Spain,2011-01-03T12:00:00\n";

    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    public static TheoryData<string, bool, string> Cases => new()
    {
        { """{"notNull":["invoice","item"]}""", true, "Every row meets it." },
        { """{"notNull":["country"]}""", false, "1 of 4 rows break it." },
        { """{"notNull":["country"],"maxFraction":0.25}""", true, "1 of 4 rows break it; 25 % may." },
        { """{"range":{"column":"quantity","min":0}}""", false, "1 of 4 rows break it." },
        { """{"range":{"column":"at","min":"2011-01-01","max":"2011-01-04"}}""", true, "Every row meets it." },
        { """{"oneOf":{"column":"country","values":["France"]}}""", false, "1 of 4 rows break it." },
        { """{"matches":{"column":"invoice","pattern":"A[0-9]"}}""", true, "Every row meets it." },
        { """{"matches":{"column":"price","pattern":"A"}}""", false, "The column 'price' is double, not text." },
        { """{"name":"worth","where":"quantity * price < 1000 -- of one line"}""", false, "1 of 4 rows break it." },
        { """{"unique":["invoice"]}""", false, "1 of 4 rows repeat an earlier one; 1 keys occur more than once." },
        { """{"unique":["invoice","item"]}""", true, "No two rows are equal in it." },
        { """{"volume":{"min":5}}""", false, "4 rows; expected are at least 5." },
        { """{"volume":{"min":1,"max":4}}""", true, "4 rows." },
        { """{"volume":{"minRatio":3}}""", false, "4 rows; expected are at least 3 times the reference's 2." },
        { """{"fresh":{"column":"at","maxAge":"P1D"}}""", true, "The latest is 2011-01-03T12:00:00Z, 12 hours before 2011-01-04T00:00:00Z; at most 24 hours is allowed." },
        { """{"fresh":{"column":"at","maxAge":"PT1H"}}""", false, "The latest is 2011-01-03T12:00:00Z, 12 hours before 2011-01-04T00:00:00Z; at most 60 minutes is allowed." },
        { """{"fresh":{"column":"price","maxAge":"PT1H"}}""", false, "The column 'price' is double, not a timestamp." },
        { """{"schema":{"columns":[{"name":"invoice","type":"string"},{"name":"price"}]}}""", true, "All 2 columns are there with their types." },
        { """{"schema":{"exact":true,"columns":[{"name":"price","type":"int64"},{"name":"shop"}]}}""", false, "The columns differ: 'shop' is missing; 'price' is double instead of int64; 'invoice' is not expected; 'item' is not expected; 'quantity' is not expected; 'country' is not expected; 'at' is not expected." },
        { """{"schema":{}}""", true, "All 2 columns are there with their types." },
        { """{"notNull":["prise"]}""", false, "The table has no column 'prise'. Did you mean 'price'?" },
        { """{"drift":{"columns":["country"]}}""", false, "Not as in the reference: the reference has no 'country'." },
    };

    [Theory, MemberData(nameof(Cases))]
    public async Task An_expectation_says_whether_it_holds_and_what_was_found(string expectation, bool holds, string message)
    {
        CheckOutcome outcome = Assert.Single((await Check(Sales, [expectation], reference: "item,price\ni1,2.0\ni2,1.0\n")).Outcomes);

        Assert.Equal(message, outcome.Message);
        Assert.Equal(holds, outcome.Passed);
    }

    [Fact]
    public async Task A_value_that_another_table_lacks_is_found()
    {
        ArtifactRef items = await Collect("id\ni1\ni2\n");
        CheckData.Outputs outputs = await _context.RunAsync(new CheckData(), new()
        {
            Table = await Collect(Sales),
            Expectations = [new() { Severity = Severity.Warning, References = new() { Columns = ["item"], Table = items, TableColumns = ["id"] } }],
        });

        Assert.Equal((true, "references(item)"), (outputs.Passed, Assert.Single(outputs.Warnings)));
        JsonElement outcome = (await ReadAsync(outputs.Report, "result.json")).GetProperty("expectations")[0];
        Assert.Equal("1 of 4 rows refer to something unknown.", outcome.GetProperty("message").GetString());
        Assert.Equal("""[{"item":"i9","_rows":1}]""", JsonSerializer.Serialize(outcome.GetProperty("examples")));
    }

    [Fact]
    public async Task A_broken_blocking_expectation_fails_with_its_name_its_figures_and_rows_and_the_report_is_kept()
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(async () => await _context.RunAsync(new CheckData(), new()
        {
            Table = await Collect(Sales),
            Expectations = [Parse("""{"name":"sold","range":{"column":"quantity","min":1}}"""), Parse("""{"notNull":["country"],"severity":"warning"}""")],
        }));

        Assert.Equal("DATA-100", problem.Code);
        Assert.StartsWith("The table breaks 1 of 2 expectations. sold: 1 of 4 rows break it. For example {\"invoice\":\"A1\",\"item\":\"i2\",\"quantity\":-1,", problem.Message, StringComparison.Ordinal);
        string report = problem.Message.Split("artifact ")[1].TrimEnd('.');
        string page = await PageAsync(new ArtifactRef(report, "report", 0));
        Assert.Contains("A blocking expectation is broken.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_tells_what_is_in_every_column()
    {
        (CheckData.Outputs outputs, _) = await Check("n,x,t,b,when\n1,0.5,aa,true,2020-01-01\n2,,aa,false,2020-01-02\n3,-1.5,c,true,\n4,0,\"\",true,2020-01-04\n", []);

        JsonElement columns = (await ReadAsync(outputs.Report, "profile.json")).GetProperty("columns");
        JsonElement n = columns[0], x = columns[1], t = columns[2], b = columns[3], when = columns[4];
        Assert.Equal((4, 0, 4, 1, 4, 2.5), (Int(n, "rows"), Int(n, "missing"), Int(n, "distinct"), Int(n, "min"), Int(n, "max"), n.GetProperty("mean").GetDouble()));
        Assert.Equal(Math.Sqrt(5.0 / 3), n.GetProperty("deviation").GetDouble(), 14);
        Assert.Equal([1, 1, 1, 2, 3, 4, 4], n.GetProperty("quantiles").EnumerateArray().Select(q => q.GetProperty("value").GetInt32()));
        Assert.Equal([1, 1, 1, 1], n.GetProperty("histogram").GetProperty("counts").EnumerateArray().Select(c => c.GetInt32()));
        Assert.Equal((1, 1, 1), (Int(x, "missing"), Int(x, "zeros"), Int(x, "negative")));
        Assert.Equal((3, 1, 0), (Int(t, "distinct"), Int(t, "blank"), Int(t.GetProperty("lengths"), "min")));
        Assert.Equal("""[{"value":"aa","rows":2},{"value":"","rows":1},{"value":"c","rows":1}]""", JsonSerializer.Serialize(t.GetProperty("top")));
        Assert.Equal("""[{"value":true,"rows":3},{"value":false,"rows":1}]""", JsonSerializer.Serialize(b.GetProperty("top")));
        Assert.Equal(("timestamp", "2020-01-01T00:00:00Z", "2020-01-04T00:00:00Z"), (when.GetProperty("type").GetString(), when.GetProperty("min").GetString(), when.GetProperty("max").GetString()));
    }

    [Fact]
    public async Task Drift_is_told_by_column_with_missing_values_as_a_bin()
    {
        string own = "x,c\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{(i % 10 == 0 ? "" : $"{i}")},{(i < 30 ? "new" : "a")}\n"));
        string other = "x,c\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"{i % 100},{(i % 2 == 0 ? "a" : "b")}\n"));
        (_, IReadOnlyList<CheckOutcome> outcomes) = await Check(own, ["""{"drift":{"columns":["x","c"],"bins":4,"maxKs":0.5}}"""], other);

        CheckOutcome outcome = Assert.Single(outcomes);
        Assert.False(outcome.Passed);
        (ColumnDrift x, ColumnDrift c) = (outcome.Drifts![0], outcome.Drifts[1]);
        Assert.Equal([22, 23, 22, 23, 10], x.Bins.Select(b => b.Rows));
        Assert.Equal([50, 50, 50, 50, 0], x.Bins.Select(b => b.ReferenceRows));
        Assert.Equal([("a", 70, 100), ("b", 0, 100), ("others", 30, 0)], c.Bins.Select(b => (b.Values, (int)b.Rows, (int)b.ReferenceRows)));
        Assert.Null(c.Ks);
        Assert.InRange(x.Ks!.Value, 1e-9, 0.02);
    }

    [Fact]
    public async Task The_same_table_gives_the_same_report_on_any_number_of_cores()
    {
        string text = "x,t\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => FormattableString.Invariant($"{i * 7919 % 10007 / 3.0},{i * 31 % 701}\n")));
        ArtifactRef table = await Collect(text);
        List<string> hashes = [];
        foreach (int cores in new[] { 1, 2, 4 })
        {
            _context.CoresToUse = cores;
            hashes.Add((await _context.RunAsync(new CheckData(), new() { Table = table, Reference = table, Expectations = [Parse("""{"drift":{"columns":["x","t"]}}""")] })).Report.Hash);
        }
        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public async Task Hostile_names_and_values_stay_text_on_the_page()
    {
        (CheckData.Outputs outputs, _) = await Check("\"<script>alert(1)</script>\",\"o'b\"\"r\"\n<img src=x onerror=alert(2)>,1\n<b>,2\n", ["""{"name":"<i>n</i>","where":"false"}"""], fail: false);

        string page = await PageAsync(outputs.Report);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>n", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DATA-101", "says nothing", "{}")]
    [InlineData("DATA-101", "2 keys (notNull, unique)", """{"notNull":["price"],"unique":["price"]}""")]
    [InlineData("DATA-101", "has no name", """{"where":"price > 1"}""")]
    [InlineData("DATA-101", "neither min nor max", """{"range":{"column":"price"}}""")]
    [InlineData("DATA-101", "Could not convert", """{"range":{"column":"price","min":"cheap"}}""")]
    [InlineData("DATA-102", "prize", """{"name":"x","where":"prize > 1"}""")]
    [InlineData("DATA-102", "single SQL expression", """{"name":"x","where":"true), (1"}""")]
    [InlineData("DATA-102", "", """{"name":"x","where":"(SELECT count(*) FROM read_csv('/etc/passwd')) > 0"}""")]
    [InlineData("DATA-103", "reference", """{"drift":{"columns":["price"]}}""")]
    [InlineData("DATA-103", "asOf", """{"fresh":{"column":"at","maxAge":"P1D"}}""")]
    public async Task A_wrong_expectation_is_named(string code, string says, string expectation)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(async () =>
            await _context.RunAsync(new CheckData(), new() { Table = await Collect(Sales), Expectations = [Parse(expectation)] }));

        Assert.Equal(code, problem.Code);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
    }

    private async Task<(CheckData.Outputs Outputs, IReadOnlyList<CheckOutcome> Outcomes)> Check(string csv, string[] expectations, string? reference = null, bool fail = false)
    {
        CheckData.Outputs outputs = await _context.RunAsync(new CheckData(), new()
        {
            Table = await Collect(csv),
            Reference = reference is null ? null : await Collect(reference),
            Expectations = [.. expectations.Select(Parse)],
            AsOf = "2011-01-04",
            Fail = fail,
        });
        JsonElement result = await ReadAsync(outputs.Report, "result.json");
        return (outputs, result.GetProperty("expectations").Deserialize<List<CheckOutcome>>(ActivityJson.Options)!);
    }

    private static Expectation Parse(string json) => JsonSerializer.Deserialize<Expectation>(json, ActivityJson.Options)!;

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private async Task<ArtifactRef> Collect(string csv) => (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", csv) })).Table;

    private async Task<JsonElement> ReadAsync(ArtifactRef report, string file) => JsonElement.Parse(await TextAsync(report, file));

    private Task<string> PageAsync(ArtifactRef report) => TextAsync(report, "index.html");

    private async Task<string> TextAsync(ArtifactRef report, string file)
    {
        string folder = _context.NewFolder();
        await _context.Artifacts.LayOutAsync(report.Hash, folder, TestContext.Current.CancellationToken);
        return await File.ReadAllTextAsync(Path.Combine(folder, file), TestContext.Current.CancellationToken);
    }
}
