using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Bees;

public sealed class CollectJsonAndParquetTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Json_lines_keep_their_types_and_nested_values_become_text()
    {
        CollectBees.Outputs outputs = await Collect("a.jsonl",
            """
            {"id":1,"name":"Zo\u00eb \"x\"","score":2,"ok":true,"at":"2020-01-01T10:00:00+02:00","tags":["a", {"b":1}]}
            {"name":"007","id":2,"score":0.5,"extra":null}

            """ + "{\"id\":3,\"at\":\"2020-01-02\"}\r\n");

        Assert.Equal("id BIGINT, name VARCHAR, score DOUBLE, ok BOOLEAN, at TIMESTAMP, tags VARCHAR, extra VARCHAR", await _context.SchemaAsync(outputs.Table));
        Assert.Equal(
        [
            ["1", "Zoë \"x\"", "2", "True", "2020-01-01 08:00:00.000000", """["a", {"b":1}]""", null],
            ["2", "007", "0.5", null, null, null, null],
            ["3", null, null, null, "2020-01-02 00:00:00.000000", null, null],
        ], await _context.ReadAsync(outputs.Table));
    }

    [Fact]
    public async Task Bad_json_unknown_and_missing_fields_go_to_quarantine()
    {
        CollectBees.Outputs outputs = await Collect("a.jsonl",
            """
            {"id":1,"n":5}
            {"id":2,"n":"five"}
            {"id":3,
            [1,2]
            {"id":4,"n":6} trailing
            {"n":7}
            {"id":5,"id":6,"n":1}
            {"id":7,"n":null}
            """,
            i => i with { Columns = [new() { Name = "id", Type = ColumnType.Int64, Required = true }, new() { Name = "n", Type = ColumnType.Int64 }] });

        Assert.Equal([["1", "5"], ["7", null]], await _context.ReadAsync(outputs.Table));
        Assert.Equal([["2", "type"], ["3", "json"], ["4", "json"], ["5", "json"], ["6", "required"], ["7", "json"]],
            await _context.ReadAsync(outputs.Quarantine, "line, reason"));
    }

    [Fact]
    public async Task Declared_columns_alone_leave_other_fields_out()
    {
        CollectBees.Outputs outputs = await Collect("a.jsonl", "{\"a\":1,\"b\":{\"c\":[1]},\"d\":2}\n{\"d\":3}\n",
            i => i with { OnlyDeclared = true, Columns = [new() { Name = "day_id", Type = ColumnType.Int64 }], Rename = new Dictionary<string, string> { ["d"] = "day_id" } });

        Assert.Equal("day_id BIGINT", await _context.SchemaAsync(outputs.Table));
        Assert.Equal([["2"], ["3"]], await _context.ReadAsync(outputs.Table));
    }

    [Fact]
    public async Task Unix_times_and_other_formats_are_read_as_declared()
    {
        CollectBees.Outputs outputs = await Collect("a.csv", "s,ms,uk\n1577836800,1577836800123,31/12/2019 23:59\n", i => i with
        {
            Columns = [new() { Name = "s", Formats = ["unix"] }, new() { Name = "ms", Formats = ["unixMillis"] }, new() { Name = "uk", Formats = ["iso", "dd/MM/yyyy HH:mm"] }],
        });

        Assert.Equal([["2020-01-01 00:00:00.000000", "2020-01-01 00:00:00.123000", "2019-12-31 23:59:00.000000"]], await _context.ReadAsync(outputs.Table));
    }

    [Fact]
    public async Task Parquet_is_collected_by_day_and_its_misfits_go_to_quarantine()
    {
        ArtifactRef source = (await Sql("""
            SELECT i AS id, (i * 1.5)::FLOAT AS price, CASE WHEN i = 2 THEN 'x' ELSE i::VARCHAR END AS n, to_json([i])::VARCHAR AS list,
              CASE WHEN i = 3 THEN NULL ELSE TIMESTAMP '2020-01-01' + to_hours(i * 12) END AS at FROM range(5) r(i)
            """)).Table;
        CollectBees.Outputs outputs = await _context.RunAsync(new CollectBees(), new()
        {
            Artifact = source,
            EventTime = "at",
            Lineage = true,
            Rename = new Dictionary<string, string> { ["price"] = "euros" },
            Columns = [new() { Name = "n", Type = ColumnType.Int64 }],
        });

        Assert.Equal(["2020-01-01", "2020-01-03"], outputs.Days);
        Assert.Equal([["0", "0", "0", "1"], ["1", "1.5", "1", "2"], ["4", "6", "4", "5"]], await _context.ReadAsync(outputs.Table, "id, euros, n, _line"));
        Assert.Equal([["3", "type"], ["4", "noEventTime"]], await _context.ReadAsync(outputs.Quarantine, "line, reason"));
        Assert.Equal((3, 2), (outputs.Rows, outputs.Rejected));
    }

    private async Task<RunSql.Outputs> Sql(string sql)
    {
        ArtifactRef any = (await Collect("a.csv", "a\n1\n")).Table;
        return await _context.RunAsync(new RunSql(), new() { Tables = new Dictionary<string, ArtifactRef> { ["any"] = any }, Sql = sql });
    }

    private Task<CollectBees.Outputs> Collect(string name, string text, Func<CollectBees.Inputs, CollectBees.Inputs>? with = null)
    {
        CollectBees.Inputs inputs = new() { Source = _context.Write(name, text) };
        return _context.RunAsync(new CollectBees(), with?.Invoke(inputs) ?? inputs);
    }
}
