using System.Text.Json;

namespace MLPlatform.Vlps.Rows;

/// <summary>Some rows of a table, by column.</summary>
public sealed class ColumnBatch
{
    private readonly Dictionary<string, Column> _byName;

    public ColumnBatch(IEnumerable<string> names)
    {
        Columns = [.. names.Select(n => new Column(n))];
        _byName = Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    public IReadOnlyList<Column> Columns { get; }

    /// <summary>How many rows every column holds.</summary>
    public int Rows { get; set; }

    /// <summary>The column of this name.</summary>
    /// <exception cref="VlpsException">There is none.</exception>
    public Column this[string name] => _byName.TryGetValue(name, out Column? column)
        ? column
        : throw new VlpsException(VlpsProblem.MissingColumn, $"there is no column '{name}' among {string.Join(", ", _byName.Keys)}");

    /// <summary>Reads a column's values, where columns are read only when they are asked for. Different columns may be read at once.</summary>
    internal Action<int>? Loader { get; set; }

    /// <summary>Sees to it that a column has its values.</summary>
    internal void Load(int column) => Loader?.Invoke(column);

    /// <summary>Where a column is among <see cref="Columns"/>.</summary>
    internal int IndexOf(string name)
    {
        Column column = this[name];
        int at = 0;
        while (Columns[at] != column)
            at++;
        return at;
    }

    /// <summary>
    /// Rows given as JSON objects, as a serving request has them. A property that is absent or null is a missing value.
    /// A column takes the kind of its first value; columns of mixed kinds become text.
    /// </summary>
    public static ColumnBatch FromJson(IReadOnlyList<string> columns, IReadOnlyList<JsonElement> rows)
    {
        var batch = new ColumnBatch(columns) { Rows = rows.Count };
        foreach (Column column in batch.Columns)
            Fill(column, [.. rows.Select(r => r.TryGetProperty(column.Name, out JsonElement cell) ? cell : default)]);
        return batch;
    }

    private static void Fill(Column column, JsonElement[] cells)
    {
        ColumnKind[] kinds = [.. cells.Where(IsValue).Select(KindOf).Distinct()];
        column.Reset(kinds switch
        {
            [] => ColumnKind.Text,
            [var only] => only,
            _ when kinds.All(k => k is ColumnKind.Whole or ColumnKind.Real) => ColumnKind.Real,
            _ => ColumnKind.Text,
        });
        foreach (JsonElement cell in cells)
        {
            if (!IsValue(cell))
                column.AddMissing();
            else if (column.Kind == ColumnKind.Text)
                column.Add(System.Text.Encoding.UTF8.GetBytes(JsonText.TryRead(cell, out string? text) ? text
                    : throw new VlpsException(VlpsProblem.ColumnType, $"a value of '{column.Name}' is no text but half a surrogate pair")));
            else if (column.Kind == ColumnKind.Boolean)
                column.Add(cell.GetBoolean() ? 1L : 0L);
            else if (column.Kind == ColumnKind.Whole)
                column.Add(cell.GetInt64());
            else
                column.Add(cell.GetDouble());
        }
    }

    private static bool IsValue(JsonElement cell) => cell.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    private static ColumnKind KindOf(JsonElement cell) => cell.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => ColumnKind.Boolean,
        JsonValueKind.Number => cell.TryGetInt64(out _) ? ColumnKind.Whole : ColumnKind.Real,
        _ => ColumnKind.Text,
    };
}
