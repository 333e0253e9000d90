using System.Text.Json;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>The table that expectations are about, as they see it.</summary>
internal sealed class CheckSubject
{
    public const string Table = "source", Reference = "reference";
    public const int MostExamples = 5;
    private const int LongestExample = 600;

    private readonly DuckSession _session;
    private readonly CancellationToken _cancel;
    private readonly Dictionary<string, ColumnType> _columns;

    public CheckSubject(DuckSession session, bool hasReference, DateTimeOffset? asOf, ValueStream values, CancellationToken cancel)
    {
        (_session, _cancel, AsOf, Values) = (session, cancel, asOf, values);
        _columns = Of(session, Table);
        ReferenceColumns = hasReference ? Of(session, Reference) : null;
        Rows = session.Count($"SELECT count(*) FROM {Table}");
        ReferenceRows = hasReference ? session.Count($"SELECT count(*) FROM {Reference}") : 0;
    }

    public DuckSession Session => _session;
    public CancellationToken Cancel => _cancel;
    public ValueStream Values { get; }
    public IReadOnlyDictionary<string, ColumnType> Columns => _columns;

    /// <summary>The reference's columns; null where there is no reference.</summary>
    public IReadOnlyDictionary<string, ColumnType>? ReferenceColumns { get; }

    public long Rows { get; }
    public long ReferenceRows { get; }
    public DateTimeOffset? AsOf { get; }

    /// <summary>What is wrong with columns that an expectation names; null where all are there.</summary>
    public string? Lacks(IEnumerable<string> columns)
    {
        List<string> missing = [.. columns.Where(c => !_columns.ContainsKey(c))];
        return missing.Count == 0 ? null
            : $"The table has no column {DataErrors.Some(missing)}.{DataErrors.DidYouMean(missing[0], _columns.Keys)}";
    }

    /// <summary>The first rows of a query, as JSON objects.</summary>
    public IReadOnlyList<JsonElement> Examples(string query)
    {
        List<JsonElement> examples = [];
        _session.Read($"SELECT to_json(example)::VARCHAR FROM ({query}) example LIMIT {MostExamples}", (vectors, rows) =>
        {
            for (int row = 0; row < rows; row++)
            {
                string text = System.Text.Encoding.UTF8.GetString(vectors[0].Text(row));
                examples.Add(text.Length <= LongestExample ? JsonElement.Parse(text) : JsonSerializer.SerializeToElement(text[..LongestExample] + "…"));
            }
        }, _cancel);
        return examples;
    }

    private static Dictionary<string, ColumnType> Of(DuckSession session, string table) =>
        session.Columns(table).ToDictionary(c => c.Name, c => CheckColumns.TypeOf(c.Type), StringComparer.Ordinal);
}
