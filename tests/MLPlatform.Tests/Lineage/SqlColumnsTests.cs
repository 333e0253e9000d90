using System.Globalization;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Lineage;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Lineage;

public sealed class SqlColumnsTests : IDisposable
{
    private static readonly Dictionary<string, string> Inputs = new() { ["a"] = "A", ["b"] = "B" };

    // The tables: a (id, x, name, seen) and b (id, y, kind).
    private static readonly Dictionary<string, string> Tables = new()
    {
        ["a"] = "SELECT i::BIGINT AS id, (i * 7 % 11)::BIGINT AS x, chr(97 + (i % 3)::INTEGER) AS name, TIMESTAMP '2026-01-01' + to_hours(i::INTEGER * 5 % 17) AS seen FROM range(12) t(i)",
        ["b"] = "SELECT (i % 9)::BIGINT AS id, (i * 5 % 13)::DOUBLE AS y, chr(97 + (i % 4)::INTEGER) AS kind FROM range(15) t(i)",
    };

    // Other values of a column, of the same kind.
    private static readonly Dictionary<string, string> Changes = new()
    {
        ["id"] = "(id * 5 + 3) % 12",
        ["x"] = "(x * x + 1) % 11",
        ["y"] = "(y * 3 + 1) % 13",
        ["name"] = "chr(97 + (ascii(name) + x + 1)::INTEGER % 3)",
        ["kind"] = "chr(97 + (ascii(kind) + y::BIGINT + 1)::INTEGER % 4)",
        ["seen"] = "seen + to_hours((x * 3 % 7)::INTEGER)",
    };

    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    public static TheoryData<string, string> Queries => new()
    {
        { "SELECT id, x + 1 AS more, 5 AS five FROM a", "id: A.id; more: A.x transformation; five:" },
        { "SELECT * EXCLUDE (seen) REPLACE (upper(name) AS name) FROM a WHERE x > 3", "id: A.id; x: A.x; name: A.name transformation | A.x filter" },
        { "SELECT name, sum(x) AS total, count(*) AS n FROM a GROUP BY name", "name: A.name; total: A.x aggregation; n: | A.name groupBy" },
        { "SELECT name, max(x) FROM a GROUP BY ALL HAVING min(id) < 3", "name: A.name; max(x): A.x aggregation | A.id filter; A.name groupBy" },
        { "SELECT a.name, b.y FROM a JOIN b USING (id)", "name: A.name; y: B.y | A.id join; B.id join" },
        { "SELECT * FROM a NATURAL JOIN (SELECT id, kind FROM b)", "id: A.id; x: A.x; name: A.name; seen: A.seen; kind: B.kind | A.id join; B.id join" },
        { "SELECT a.x, b.kind FROM a LEFT JOIN b ON a.id = b.id AND b.y > 2", "x: A.x; kind: A.id join; B.id join; B.kind; B.y join | A.id join; B.id join; B.y join" },
        { "WITH w AS (SELECT id AS k, x * 2 AS d FROM a WHERE name = 'a') SELECT w.d, v.y FROM w, b v WHERE w.k = v.id", "d: A.x transformation; y: B.y | A.id filter; A.name filter; B.id filter" },
        { "SELECT id, CASE WHEN x > 4 THEN name ELSE 'no' END AS c FROM a", "id: A.id; c: A.name transformation; A.x conditional" },
        { "SELECT id, row_number() OVER (PARTITION BY name ORDER BY seen) AS r, lag(x) OVER (ORDER BY id) AS before FROM a", "id: A.id; r: A.name window; A.seen window; before: A.id window; A.x transformation" },
        { "SELECT x FROM a UNION ALL SELECT y FROM b", "x: A.x; B.y" },
        { "SELECT name FROM a UNION SELECT kind FROM b", "name: A.name; B.kind | A.name groupBy; B.kind groupBy" },
        { "SELECT id FROM a EXCEPT ALL SELECT id FROM b", "id: A.id | B.id filter" },
        { "SELECT id, name FROM a ORDER BY x LIMIT 3", "id: A.id; name: A.name | A.x sort" },
        { "SELECT id FROM a ORDER BY x", "id: A.id" },
        { "SELECT DISTINCT name FROM a", "name: A.name | A.name groupBy" },
        { "SELECT id, (SELECT max(y) FROM b WHERE b.id = a.id) AS best FROM a", "id: A.id; best: A.id filter; B.id filter; B.y aggregation" },
        { "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id = a.id AND kind = 'a')", "id: A.id | A.id filter; B.id filter; B.kind filter" },
        { "SELECT id, list_sum(list_transform([x, id], q -> q + length(name))) AS s FROM a", "id: A.id; s: A.id transformation; A.name transformation; A.x transformation" },
        { "SELECT x AS y, y * 2 AS z FROM a", "y: A.x; z: A.x transformation" },
        { "SELECT a.id, b.y FROM a ASOF LEFT JOIN b ON a.name = b.kind AND a.x >= b.y", "id: A.id; y: A.name join; A.x join; B.kind join; B.y; B.y join" },
        { "WITH RECURSIVE r AS (SELECT id, x FROM a WHERE id = 1 UNION ALL SELECT r.id + 1, a.x FROM r JOIN a ON a.id = r.id + 1 WHERE r.id < 4) SELECT x FROM r", "x: A.x | A.id join; A.id filter" },
        { "SELECT COLUMNS('^(id|x)$') FROM a", "id: A.id; x: A.x" },
        { "SELECT sum(x) FILTER (WHERE name = 'a') AS s FROM a", "s: A.name conditional; A.x aggregation" },
        { "FROM a SELECT id WHERE id IN (SELECT id FROM b)", "id: A.id | A.id filter; B.id filter" },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void Columns_are_followed_through_a_query(string sql, string expected) => Assert.Equal(expected, Text(Trace(sql)!));

    [Fact]
    public void Changing_a_column_that_is_not_named_as_a_source_changes_nothing()
    {
        using DuckSession unchanged = Open(null, null);
        foreach ((string table, string column) in (ReadOnlySpan<(string, string)>)[("a", "id"), ("a", "x"), ("a", "name"), ("a", "seen"), ("b", "id"), ("b", "y"), ("b", "kind")])
        {
            using DuckSession changed = Open(table, column);
            foreach (string sql in Queries.Select(q => q.Data.Item1))
            {
                ColumnLineage lineage = SqlColumns.Of(unchanged, sql, Inputs, _context)!;
                IReadOnlyList<string>[] before = Values(unchanged, sql), after = Values(changed, sql);
                for (int i = 0; i < before.Length; i++)
                {
                    if (!lineage.Rows.Concat(lineage.Columns[i].From).Any(s => s.Input == Inputs[table] && s.Column == column))
                        Assert.Equal(before[i], after[i]);
                }
            }
        }
    }

    [Theory]
    [InlineData("PIVOT a ON name USING sum(x)")]
    [InlineData("SELECT min(COLUMNS(*)) FROM a")]
    [InlineData("SUMMARIZE a")]
    public void What_cannot_be_followed_is_said_to_be_unknown(string sql)
    {
        Assert.Null(Trace(sql));
        Assert.Contains(_context.Lines, l => l.StartsWith("Which columns the result's columns are made of is not known: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Views_and_tables_of_our_own_are_followed_to_what_was_attached()
    {
        using DuckSession session = Open(null, null);
        session.Execute("""CREATE TEMP VIEW "one" AS SELECT row_number() OVER () AS n, * FROM a""");
        session.Run("CREATE TEMP TABLE two AS SELECT n, x * 2 AS x2 FROM one WHERE name = 'a'", TestContext.Current.CancellationToken);
        Assert.Equal("n:; x2: A.x transformation; id: A.id | A.name filter", Text(SqlColumns.Of(session, "SELECT two.*, one.id FROM two JOIN one USING (n)", Inputs, _context)!));
    }

    private ColumnLineage? Trace(string sql)
    {
        using DuckSession session = Open(null, null);
        return SqlColumns.Of(session, sql, Inputs, _context);
    }

    /// <summary>The values of each column of the result, in order of size.</summary>
    private static IReadOnlyList<string>[] Values(DuckSession session, string sql)
    {
        List<object?[]> rows = session.Read(sql, row => Enumerable.Range(0, row.FieldCount).Select(i => row.IsDBNull(i) ? null : row.GetValue(i)).ToArray());
        return [.. Enumerable.Range(0, session.ColumnsOf(sql).Count).Select(i => (IReadOnlyList<string>)
            [.. rows.Select(r => Convert.ToString(r[i], CultureInfo.InvariantCulture) ?? "").Order(StringComparer.Ordinal)])];
    }

    private DuckSession Open(string? changed, string? column)
    {
        DuckSession session = DuckSession.Open(_context.Artifacts, _context.NewFolder(), 1 << 28, 1);
        foreach ((string name, string query) in Tables)
        {
            string file = Path.Combine(session.Folder, name + ".parquet");
            string content = name == changed ? $"SELECT * REPLACE ({Changes[column!]} AS {column}) FROM ({query})" : query;
            session.Execute($"COPY ({content}) TO {DuckSession.Quote(file)} (FORMAT parquet)");
            session.AttachFiles(name, [file], byDay: false);
        }
        session.Seal();
        return session;
    }

    private static string Text(ColumnLineage lineage) =>
        string.Join("; ", lineage.Columns.Select(c => $"{c.Name}:{(c.From.Count == 0 ? "" : " ")}{Sources(c.From)}"))
        + (lineage.Rows.Count == 0 ? "" : " | " + Sources(lineage.Rows));

    private static string Sources(IEnumerable<ColumnSource> sources) => string.Join("; ", sources.Select(s =>
        $"{s.Input}.{s.Column}{(s.Use == ColumnUse.Identity ? "" : " " + char.ToLowerInvariant(s.Use.ToString()[0]) + s.Use.ToString()[1..])}"));
}
