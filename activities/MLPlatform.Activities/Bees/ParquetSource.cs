using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Bees;

/// <summary>Collects Parquet files: their columns are brought to the types of tables, and rows whose values do not fit go to quarantine.</summary>
internal sealed class ParquetSource : IDisposable
{
    private const string Reserved = "_mlp_";
    private readonly CollectSettings _settings;
    private readonly DuckSession _session;
    private readonly List<IReadOnlyList<(string Name, string Type)>> _columns = [];

    private ParquetSource(CollectSettings settings, DuckSession session) => (_settings, _session) = (settings, session);

    public TableLayout Layout { get; private set; } = null!;

    public static ParquetSource Open(CollectSettings settings, ActivityContext context, CancellationToken cancel)
    {
        ParquetSource source = new(settings, DuckSession.Open(context));
        try
        {
            source.Attach(context.ScratchFolder, cancel);
            source._session.Execute("SET lock_configuration = true");
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public void ReadAll(TableWriter table, Quarantine quarantine, SourceLedger ledger, ActivityContext context, CancellationToken cancel)
    {
        for (int i = 0; i < _settings.Files.Count; i++)
        {
            SourceFile file = _settings.Files[i];
            context.Progress((double)i / _settings.Files.Count, file.Name);
            try
            {
                ledger.Begin(file.LineageName, LineageFile.IdentityOf(file.Path), "rows");
                long rows = 0;
                using DuckQuery query = DuckQuery.Prepare(_session, Query(i));
                query.Run(result =>
                {
                    IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
                    return chunk =>
                    {
                        Append(file, DuckVectors.Vectors(chunk, columns), DuckVectors.Rows(chunk), table, quarantine, ledger);
                        rows += DuckVectors.Rows(chunk);
                    };
                }, cancel);
                ledger.End(rows);
            }
            catch (ActivityException problem) when (problem.Code == "DATA-021")
            {
                throw Unreadable(file, problem);
            }
        }
        context.Progress(1);
    }

    public void Dispose() => _session.Dispose();

    private void Attach(string scratch, CancellationToken cancel)
    {
        List<string> names = [];
        Dictionary<string, ColumnType> types = new(StringComparer.Ordinal);
        string? first = null;
        for (int i = 0; i < _settings.Files.Count; i++)
        {
            SourceFile file = _settings.Files[i];
            cancel.ThrowIfCancellationRequested();
            try
            {
                _session.Execute($"CREATE VIEW file_{i} AS SELECT * FROM read_parquet({DuckSession.Quote(Plain(file, i, scratch))}, hive_partitioning = false)");
                _columns.Add(_session.Columns($"file_{i}"));
            }
            catch (ActivityException problem) when (problem.Code == "DATA-021")
            {
                throw Unreadable(file, problem);
            }
            TableLayout.Take(_settings, file, [.. _columns[i].Select(c => _settings.NameOf(c.Name))], names, ref first);
            foreach ((string name, string type) in _columns[i])
            {
                string own = _settings.NameOf(name);
                ColumnType found = TypeOf(type), known = types.GetValueOrDefault(own, found);
                types[own] = found == known ? found : Wider(found, known);
            }
        }
        Layout = TableLayout.Decide(_settings, names, name => types.TryGetValue(name, out ColumnType type) ? type : null);
    }

    /// <summary>The file itself, or its decompressed copy.</summary>
    private static string Plain(SourceFile file, int number, string scratch)
    {
        using (FileStream bytes = File.OpenRead(file.Path))
        {
            if (!file.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) && !(bytes.ReadByte() == 0x1F && bytes.ReadByte() == 0x8B))
                return file.Path;
        }
        string folder = Path.Combine(scratch, "plain");
        Directory.CreateDirectory(folder);
        string copy = Path.Combine(folder, $"{number}.parquet");
        using SourceStream content = SourceStream.Open(file);
        using FileStream target = File.Create(copy);
        content.CopyTo(target);
        return copy;
    }

    /// <summary>All columns with their final types, then the row number, and what is wrong with the row if something is.</summary>
    private string Query(int file)
    {
        Dictionary<string, (string Column, string Type)> own = _columns[file].ToDictionary(c => _settings.NameOf(c.Name), c => (DuckSession.Name(c.Name), c.Type));
        List<string> select = [], problems = [];
        int lineage = _settings.Inputs.Lineage ? TableLayout.Lineage.Count : 0;
        for (int i = 0; i < Layout.Columns.Count - lineage; i++)
        {
            TableColumn column = Layout.Columns[i];
            string typed = own.TryGetValue(column.Name, out (string Column, string Type) found) ? Typed(found.Column, found.Type, column.Type) : $"NULL::{DuckSession.TypeName(column.Type)}";
            select.Add($"{typed} AS {DuckSession.Name(column.Name)}");
            if (found.Column is not null)
                problems.Add($"WHEN {found.Column} IS NOT NULL AND ({typed} IS NULL{Lossy(found, column.Type)}) THEN 'type:{i}'");
            if (i == Layout.EventTime)
                problems.Add($"WHEN {typed} IS NULL THEN 'time:{i}'");
            if (_settings.Declared.GetValueOrDefault(column.Name) is { Required: true })
                problems.Add($"WHEN {typed} IS NULL THEN 'required:{i}'");
        }
        string problem = problems.Count == 0 ? "NULL::VARCHAR" : $"CASE {string.Join(" ", problems)} END";
        return $"""
            SELECT {string.Join(", ", select)}, row_number() OVER () AS {Reserved}row, {problem} AS {Reserved}problem,
              CASE WHEN {problem} IS NOT NULL THEN to_json(source)::VARCHAR END AS {Reserved}text
            FROM file_{file} source
            """;
    }

    private void Append(SourceFile file, DuckVectors.Vector[] vectors, int rows, TableWriter table, Quarantine quarantine, SourceLedger ledger)
    {
        int own = vectors.Length - 3;
        for (int row = 0; row < rows; row++)
        {
            long number = vectors[own].Int64(row);
            ledger.Add(vectors[own + 1].IsMissing(row) ? Collection.TableOutput : Collection.QuarantineOutput, number - 1);
            if (!vectors[own + 1].IsMissing(row))
            {
                quarantine.Add(file.Name, number, null, Problem(System.Text.Encoding.UTF8.GetString(vectors[own + 1].Text(row))), vectors[own + 2].Text(row));
                continue;
            }
            RowBuffer buffer = table.RowsFor(Layout.EventTime < 0 ? null : vectors[Layout.EventTime].Int64(row));
            for (int c = 0; c < own; c++)
                DuckVectors.AppendValue(vectors[c], row, buffer, c, Layout.Columns[c].Type);
            if (_settings.Inputs.Lineage)
            {
                buffer.Text(own, file.Name);
                buffer.Int64(own + 1, number);
                buffer.Missing(own + 2);
            }
            table.EndRow();
        }
    }

    private BadRecord Problem(string problem)
    {
        string[] parts = problem.Split(':');
        TableColumn column = Layout.Columns[int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)];
        return parts[0] switch
        {
            "time" => BadRecord.NoEventTime(column.Name),
            "required" => BadRecord.Required(column.Name),
            _ => BadRecord.Type(column.Name, ColumnTypes.Name(column.Type)),
        };
    }

    private static string Typed(string column, string from, ColumnType to) => to switch
    {
        // Lists and objects have no column type of their own; they are kept as their JSON text.
        ColumnType.String when from != "VARCHAR" && Nested(from) => $"to_json({column})::VARCHAR",
        ColumnType.Double => $"CASE WHEN isfinite(TRY_CAST({column} AS DOUBLE)) THEN TRY_CAST({column} AS DOUBLE) END",
        _ => $"TRY_CAST({column} AS {DuckSession.TypeName(to)})",
    };

    /// <summary>A cast to whole numbers rounds; a value that it would change does not fit.</summary>
    private static string Lossy((string Column, string Type) from, ColumnType to) =>
        to == ColumnType.Int64 && TypeOf(from.Type) is ColumnType.Double or ColumnType.String
            ? $" OR TRY_CAST({from.Column} AS DOUBLE) <> TRY_CAST({from.Column} AS BIGINT)::DOUBLE" : "";

    private static ColumnType TypeOf(string type) => type switch
    {
        "BOOLEAN" => ColumnType.Bool,
        "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT" or "HUGEINT" => ColumnType.Int64,
        "FLOAT" or "DOUBLE" => ColumnType.Double,
        "DATE" => ColumnType.Timestamp,
        _ when type.StartsWith("TIMESTAMP", StringComparison.Ordinal) => ColumnType.Timestamp,
        _ when type.StartsWith("DECIMAL", StringComparison.Ordinal) && !Nested(type) => ColumnType.Double,
        _ => ColumnType.String,
    };

    private static ColumnType Wider(ColumnType one, ColumnType two) =>
        (one, two) is (ColumnType.Int64, ColumnType.Double) or (ColumnType.Double, ColumnType.Int64) ? ColumnType.Double : ColumnType.String;

    private static bool Nested(string type) =>
        type.EndsWith(']') || type.StartsWith("STRUCT", StringComparison.Ordinal) || type.StartsWith("MAP", StringComparison.Ordinal);

    private static ActivityException Unreadable(SourceFile file, ActivityException problem) =>
        DataErrors.Bad("DATA-010", $"The file '{file.Name}' cannot be read as Parquet: {DuckSession.Reason(problem)}");
}
