using System.Text.Json;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Data;

public sealed class RunSqlTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task A_query_joins_tables_binds_parameters_and_gives_its_first_row_as_values()
    {
        RunSql.Outputs outputs = await Sql("""
            SELECT count(*) AS n, sum(a.x) AS total, max(b.name) AS who, $half AS half, $none AS nothing, DATE '2020-02-01' AS at
            FROM a JOIN b USING (id) WHERE a.x > $least;
            """, new() { ["least"] = 1, ["half"] = 0.5, ["none"] = null });

        Assert.Equal("""{"n":2,"total":5,"who":"zoe","half":0.5,"nothing":null,"at":"2020-02-01T00:00:00Z"}""", JsonSerializer.Serialize(outputs.Values));
        Assert.Equal("n BIGINT, total BIGINT, who VARCHAR, half DOUBLE, nothing BIGINT, at TIMESTAMP", await _context.SchemaAsync(outputs.Table));
        Assert.Equal(1, outputs.Rows);
    }

    [Fact]
    public async Task A_query_without_rows_is_an_empty_table_with_columns()
    {
        RunSql.Outputs outputs = await Sql("SELECT id, x / 2.0 AS half FROM a WHERE false");

        Assert.Equal((0, 0), (outputs.Rows, outputs.Values.Count));
        Assert.Equal("id BIGINT, half DOUBLE", await _context.SchemaAsync(outputs.Table));
    }

    [Theory]
    [InlineData("DATA-021", "SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("DATA-021", "SELECT * FROM '/etc/passwd'")]
    [InlineData("DATA-021", "SELECT content FROM read_text('/etc/hostname')")]
    [InlineData("DATA-021", "COPY a TO '/tmp/stolen.csv'")]
    [InlineData("DATA-020", "SET threads = 64")]
    [InlineData("DATA-020", "DROP VIEW a")]
    [InlineData("DATA-020", "CREATE TABLE t AS SELECT 1")]
    [InlineData("DATA-020", "SELECT 1; SELECT 2")]
    [InlineData("DATA-020", "")]
    [InlineData("DATA-021", "SELEC 1")]
    [InlineData("DATA-021", "SELECT missing FROM a")]
    [InlineData("DATA-021", "SELECT 'x'::INTEGER")]
    [InlineData("DATA-023", "SELECT [1, 2] AS list")]
    [InlineData("DATA-023", "SELECT 1 AS a, 2 AS A")]
    [InlineData("DATA-024", "SELECT $unknown")]
    [InlineData("DATA-023", "SELECT 170141183460469231731687303715884105727::HUGEINT AS h")]
    public async Task What_is_not_a_query_over_the_tables_is_refused(string code, string sql)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Sql(sql));

        Assert.Equal(code, problem.Code);
    }

    [Fact]
    public async Task A_query_can_be_cancelled()
    {
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(200));
        Dictionary<string, ArtifactRef> tables = await Tables();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _context.RunAsync(new RunSql(),
            new() { Tables = tables, Sql = "SELECT count(*) AS n FROM range(10000000000) r(i), a WHERE i % 7 = a.x" }, cancel.Token));
    }

    [Fact]
    public async Task Large_results_keep_their_order_and_their_bytes_on_any_number_of_cores()
    {
        const string sql = "SELECT i, 'text ' || (i % 1000) AS t, i * 0.5 AS d, i % 3 = 0 AS b FROM range(300000) r(i) WHERE i % 7 <> 0";

        RunSql.Outputs one = await Sql(sql);
        _context.CoresToUse = 1;
        RunSql.Outputs two = await Sql(sql);

        Assert.Equal(one.Table, two.Table);
        List<string?[]> ids = await _context.ReadAsync(one.Table, "i");
        Assert.Equal(Enumerable.Range(0, 300_000).Where(i => i % 7 != 0).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), ids.Select(r => r[0]));
    }

    private async Task<Dictionary<string, ArtifactRef>> Tables() => new()
    {
        ["a"] = (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", "id,x\n1,1\n2,2\n3,3\n") })).Table,
        ["b"] = (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("b.csv", "id,name\n1,ann\n2,bob\n3,zoe\n") })).Table,
    };

    private async Task<RunSql.Outputs> Sql(string sql, Dictionary<string, object?>? parameters = null) =>
        await _context.RunAsync(new RunSql(), new()
        {
            Tables = await Tables(),
            Sql = sql,
            Parameters = (parameters ?? []).ToDictionary(p => p.Key, p => JsonSerializer.SerializeToElement(p.Value)),
        });
}
