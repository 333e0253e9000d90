using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Bees;

internal sealed record Collected(
    string TableFolder, string QuarantineFolder, long Rows, long Rejected, int Files, long Bytes, IReadOnlyList<string> Days, LineageDocument Lineage);

/// <summary>One collection: reads every record of every file once, and writes it to the table or to the quarantine.</summary>
internal sealed class Collection : IDisposable
{
    private readonly CollectSettings _settings;
    private readonly TableLayout _layout;
    private readonly TableWriter _table;
    private readonly Quarantine _quarantine;
    private readonly ColumnSpec?[] _specs;
    private readonly SourceLedger _ledger = new([TableOutput, QuarantineOutput]);

    internal const string TableOutput = "table";
    internal const string QuarantineOutput = "quarantine";

    private Collection(CollectSettings settings, TableLayout layout, string tableFolder, string quarantineFolder)
    {
        (_settings, _layout) = (settings, layout);
        _table = new TableWriter(tableFolder, layout.Columns);
        _quarantine = new Quarantine(quarantineFolder);
        _specs = [.. layout.Columns.Select(c => settings.Declared.GetValueOrDefault(c.Name))];
    }

    public static Collected Run(CollectSettings settings, ActivityContext context, CancellationToken cancel)
    {
        string tableFolder = Path.Combine(context.ScratchFolder, "table");
        string quarantineFolder = Path.Combine(context.ScratchFolder, "quarantine");
        if (settings.Skipped.Count > 0)
            context.Log($"Skipped {settings.Skipped.Count} files of the folder that are not of the format: {DataErrors.Some(settings.Skipped)}");
        using ParquetSource? parquet = settings.Format == SourceFormat.Parquet ? ParquetSource.Open(settings, context, cancel) : null;
        TableLayout layout = parquet?.Layout ?? TableLayout.Of(settings, cancel);
        context.Log($"Columns: {string.Join(", ", layout.Columns.Select(c => $"{c.Name} {ColumnTypes.Name(c.Type)}"))}");

        using Collection collection = new(settings, layout, tableFolder, quarantineFolder);
        if (parquet is null)
            collection.ReadAll(context, cancel);
        else
            parquet.ReadAll(collection._table, collection._quarantine, collection._ledger, context, cancel);
        collection._table.Complete();
        collection._quarantine.Complete();
        collection.Account(context);
        return new Collected(tableFolder, quarantineFolder, collection._table.Rows, collection._quarantine.Rows,
            settings.Files.Count, settings.Files.Sum(f => f.Bytes), collection._table.Days,
            collection._ledger.ToDocument(new Dictionary<string, ColumnLineage> { [TableOutput] = ColumnsOf(settings, layout) }));
    }

    // A column is the field of its name in the files; those that say where a row came from are made of none.
    private static ColumnLineage ColumnsOf(CollectSettings settings, TableLayout layout)
    {
        Dictionary<string, string> inFile = settings.Inputs.Rename.DistinctBy(r => r.Value).ToDictionary(r => r.Value, r => r.Key);
        HashSet<string> added = [.. TableLayout.Added(settings).Select(c => c.Name)];
        return new ColumnLineage([.. layout.Columns.Select(c => new MadeColumn(c.Name,
            added.Contains(c.Name) ? [] : [new ColumnSource(null, inFile.GetValueOrDefault(c.Name, c.Name), ColumnUse.Identity)]))], []);
    }

    /// <summary>Whether a field holds no value: it is empty and bare, or one of the declared markers.</summary>
    public static bool IsMissing(CollectSettings settings, ReadOnlySpan<byte> value, FieldKind kind, bool json)
    {
        if (kind == FieldKind.Missing || (kind == FieldKind.Bare && value.IsEmpty))
            return true;
        if (kind == FieldKind.Quoted && !json)
            return false;
        foreach (byte[] marker in settings.Missing)
        {
            if (value.SequenceEqual(marker))
                return true;
        }
        return false;
    }

    public void Dispose()
    {
        _table.Dispose();
        _quarantine.Dispose();
    }

    private void ReadAll(ActivityContext context, CancellationToken cancel)
    {
        long total = Math.Max(1, _settings.Files.Sum(f => f.Bytes)), before = 0;
        foreach (SourceFile file in _settings.Files)
        {
            cancel.ThrowIfCancellationRequested();
            context.Progress((double)before / total, file.Name);
            using SourceStream stream = SourceStream.OpenText(file);
            ReadFile(file, stream, () => context.Progress((double)(before + stream.FilePosition) / total, file.Name), cancel);
            before += file.Bytes;
        }
        context.Progress(1);
    }

    private void ReadFile(SourceFile file, SourceStream stream, Action progress, CancellationToken cancel)
    {
        int own = _layout.Columns.Count - TableLayout.Added(_settings).Count;
        List<string> columns = [.. _layout.Columns.Take(own).Select(c => c.Name)];
        RecordReader reader = _settings.Open(stream, columns);
        Dictionary<string, int> fields = new(StringComparer.Ordinal);
        for (int i = 0; i < reader.Names.Count; i++)
            fields.TryAdd(_settings.NameOf(reader.Names[i]), i);
        int[] fieldOf = [.. columns.Select(c => fields.GetValueOrDefault(c, -1))];
        long records = 0;
        _ledger.Begin(file.LineageName, file.Landed is null ? LineageFile.IdentityOf(file.Path) : file.Path, file.Landed is null ? "bytes" : "positions");
        while (reader.Read())
        {
            if (++records % 65_536 == 0)
            {
                cancel.ThrowIfCancellationRequested();
                progress();
            }
            (long position, long? arrived) = stream.Landed is { } landed ? landed.At(reader.Offset) : ((long, long?))(reader.Offset, null);
            BadRecord? problem = reader.Problem ?? Append(file, reader, fieldOf, position, arrived);
            if (problem is not null)
                _quarantine.Add(file.Name, reader.Line, position, problem, reader.Raw);
            _ledger.Add(problem is null ? TableOutput : QuarantineOutput, position);
        }
        _ledger.End(file.Landed is null ? reader.Position : file.LandedTo);
    }

    /// <summary>Appends a record to the table; where a value is bad nothing is appended and the reason is returned.</summary>
    /// <param name="position">Where the record stands in its file or channel.</param>
    private BadRecord? Append(SourceFile file, RecordReader reader, int[] fieldOf, long position, long? arrived)
    {
        long? time = null;
        if (_layout.EventTime >= 0)
        {
            ReadOnlySpan<byte> value = Value(reader, fieldOf, _layout.EventTime, out bool missing);
            if (missing)
                return BadRecord.NoEventTime(_layout.Columns[_layout.EventTime].Name);
            if (!ValueParser.TryTimestamp(value, _specs[_layout.EventTime]?.Formats, out long micros))
                return TypeProblem(_layout.EventTime);
            time = micros;
        }
        RowBuffer rows = _table.RowsFor(time);
        for (int column = 0; column < fieldOf.Length; column++)
        {
            ReadOnlySpan<byte> value = Value(reader, fieldOf, column, out bool missing);
            if (missing && _specs[column] is { Required: true })
            {
                rows.TakeBack();
                return BadRecord.Required(_layout.Columns[column].Name);
            }
            if (missing)
                rows.Missing(column);
            else if (!ValueParser.Append(rows, column, _layout.Columns[column].Type, value, _specs[column]?.Formats))
            {
                rows.TakeBack();
                return TypeProblem(column);
            }
        }
        int next = fieldOf.Length;
        if (arrived is { } at)
            rows.Int64(next++, at);
        if (_settings.Inputs.Lineage)
        {
            rows.Text(next, file.Name);
            rows.Int64(next + 1, reader.Line);
            rows.Int64(next + 2, position);
        }
        _table.EndRow();
        return null;
    }

    private ReadOnlySpan<byte> Value(RecordReader reader, int[] fieldOf, int column, out bool missing)
    {
        missing = true;
        if (fieldOf[column] < 0)
            return default;
        ReadOnlySpan<byte> value = reader.Field(fieldOf[column], out FieldKind kind);
        missing = IsMissing(_settings, value, kind, reader is JsonLinesReader)
            || (value.IsEmpty && _layout.Columns[column].Type != ColumnType.String);
        return value;
    }

    private BadRecord TypeProblem(int column) =>
        BadRecord.Type(_layout.Columns[column].Name, ColumnTypes.Name(_layout.Columns[column].Type));

    private void Account(ActivityContext context)
    {
        long read = _table.Rows + _quarantine.Rows;
        context.Log($"Read {read} records from {_settings.Files.Count} files: {_table.Rows} rows, {_quarantine.Rows} in quarantine");
        foreach ((string reason, long count) in _quarantine.Reasons)
            context.Log($"  {reason}: {count}");
        _quarantine.Judge(_settings.Inputs.MaxRejectedFraction, _table.Rows, whole: _settings.Files.All(f => f.Landed is null));
    }
}
