using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Bees;

/// <summary>The columns of the table that a collection makes, fixed before the first row is written.</summary>
internal sealed record TableLayout(IReadOnlyList<TableColumn> Columns, int EventTime)
{
    public static readonly IReadOnlyList<TableColumn> Lineage =
        [new("_file", ColumnType.String), new("_line", ColumnType.Int64), new("_offset", ColumnType.Int64)];

    /// <summary>When the collector took a record of a registered source.</summary>
    public static readonly TableColumn Arrived = new("_arrived", ColumnType.Timestamp);

    /// <summary>The columns that say where a row came from and when: they stand behind those of the records.</summary>
    public static IReadOnlyList<TableColumn> Added(CollectSettings settings) =>
        [.. settings.Landed ? (IEnumerable<TableColumn>)[Arrived] : [], .. settings.Inputs.Lineage ? Lineage : []];

    /// <summary>Finds out the columns and their types: as declared, else from the names and values in the files.</summary>
    public static TableLayout Of(CollectSettings settings, CancellationToken cancel)
    {
        if (settings.Format == SourceFormat.Text)
            return Decide(settings, [settings.NameOf(WholeTextReader.Column)], _ => ColumnType.String);
        CollectBees.Inputs inputs = settings.Inputs;
        List<string> names = [];
        Dictionary<string, TypeGuess> guesses = new(StringComparer.Ordinal);
        bool headerless = settings.Format != SourceFormat.JsonLines && !inputs.Header;
        if (headerless || settings.Format == SourceFormat.JsonLines)
            names.AddRange(inputs.Columns.Select(c => c.Name));

        bool complete = inputs.Columns.All(c => c.Type is not null)
            && inputs.Columns.Count > 0 && (headerless || (settings.Format == SourceFormat.JsonLines && inputs.OnlyDeclared));
        if (!complete)
            Probe(settings, names, guesses, cancel);
        if (names.Count == 0)
            throw DataErrors.Bad("DATA-006", "The columns are not known: the files hold no header and no record. Declare the columns, or check the source.");
        return Decide(settings, names, name => guesses.GetValueOrDefault(name)?.Type);
    }

    private static void Probe(CollectSettings settings, List<string> names, Dictionary<string, TypeGuess> guesses, CancellationToken cancel)
    {
        long budget = settings.Inputs.InferenceBytes;
        string? first = null;
        bool headerless = settings.Format != SourceFormat.JsonLines && !settings.Inputs.Header;
        for (int i = 0; i < settings.Files.Count; i++)
        {
            SourceFile file = settings.Files[i];
            using SourceStream stream = SourceStream.OpenText(file);
            RecordReader reader = settings.Open(stream, headerless && names.Count > 0 ? names : null);
            long share = Math.Max(1 << 14, budget / (settings.Files.Count - i));
            long read = ProbeFile(settings, file, reader, share, names, guesses, ref first, cancel);
            budget = Math.Max(0, budget - read);
        }
    }

    private static long ProbeFile(
        CollectSettings settings, SourceFile file, RecordReader reader, long share,
        List<string> names, Dictionary<string, TypeGuess> guesses, ref string? first, CancellationToken cancel)
    {
        bool delimited = reader is DelimitedReader;
        if (delimited && settings.Inputs.Header)
            TakeHeader(settings, file, reader, names, ref first);
        List<TypeGuess?> byField = [];
        bool undecided = !delimited || !settings.Inputs.Header || names.Any(n => settings.Declared.GetValueOrDefault(n)?.Type is null);
        long records = 0;
        while (undecided && reader.Read())
        {
            if (++records % 4096 == 0)
                cancel.ThrowIfCancellationRequested();
            if (reader.Problem is not null)
                continue;
            int count = (reader as DelimitedReader)?.Count ?? reader.Names.Count;
            // Without a header and declared columns the first record says how many columns there are.
            if (delimited && names.Count == 0)
                names.AddRange(Enumerable.Range(1, count).Select(n => settings.NameOf($"column_{n}")));
            for (int field = byField.Count; field < count; field++)
                byField.Add(GuessFor(settings, reader, field, names, guesses));
            for (int field = 0; field < count; field++)
                See(settings, reader, field, byField[field]);
            if (reader.Offset > share)
                break;
        }
        return reader.Offset;
    }

    private static TypeGuess? GuessFor(
        CollectSettings settings, RecordReader reader, int field, List<string> names, Dictionary<string, TypeGuess> guesses)
    {
        string? name = field < reader.Names.Count ? settings.NameOf(reader.Names[field]) : names.ElementAtOrDefault(field);
        if (name is null)
            return null;
        if (!names.Contains(name))
            names.Add(name);
        if (!guesses.TryGetValue(name, out TypeGuess? guess))
            guesses.Add(name, guess = new TypeGuess());
        return guess;
    }

    private static void See(CollectSettings settings, RecordReader reader, int field, TypeGuess? guess)
    {
        if (guess is null)
            return;
        ReadOnlySpan<byte> value = reader.Field(field, out FieldKind kind);
        bool json = reader is JsonLinesReader;
        if (!Collection.IsMissing(settings, value, kind, json) && !(kind == FieldKind.Quoted && value.IsEmpty && !json))
            guess.See(value, kind, quotedIsText: json);
    }

    private static void TakeHeader(CollectSettings settings, SourceFile file, RecordReader reader, List<string> names, ref string? first)
    {
        if (reader.Names.Count == 0)
        {
            // An empty file has nothing to say; a header that cannot be read does.
            if (reader.Problem is { } problem)
                throw DataErrors.Bad("DATA-006", $"The header of '{file.Name}' cannot be read: {problem.Detail}.");
            return;
        }
        Take(settings, file, [.. reader.Names.Select(settings.NameOf)], names, ref first);
    }

    /// <summary>Adds a file's columns to those known, or says how they differ from the first file's.</summary>
    public static void Take(CollectSettings settings, SourceFile file, List<string> found, List<string> names, ref string? first)
    {
        if (found.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw DataErrors.Bad("DATA-006", $"The header of '{file.Name}' names the column '{twice.Key}' twice. Rename one of them in the file.");
        List<string> missing = [.. names.Except(found)], more = [.. found.Except(names)];
        if (first is not null && (missing.Count > 0 || more.Count > 0)
            && settings.Inputs.DifferingColumns == DifferingColumns.Fail && !settings.Inputs.OnlyDeclared)
            throw DataErrors.Bad("DATA-008",
                $"The columns of '{file.Name}' differ from those of '{first}': "
                + string.Join(" and ", new[] { missing.Count > 0 ? $"it lacks {DataErrors.Some(missing)}" : "", more.Count > 0 ? $"it adds {DataErrors.Some(more)}" : "" }.Where(t => t.Length > 0))
                + ". Set differingColumns to union to take the columns of all files.");
        first ??= file.Name;
        names.AddRange(more);
    }


    /// <param name="typeOf">The type of a column that was not declared, or null where nothing is known of it.</param>
    public static TableLayout Decide(CollectSettings settings, List<string> names, Func<string, ColumnType?> typeOf)
    {
        CollectBees.Inputs inputs = settings.Inputs;
        if (inputs.Columns.FirstOrDefault(c => !names.Contains(c.Name)) is { } absent)
            throw DataErrors.Bad("DATA-007", $"The declared column '{absent.Name}' is in no file.{DataErrors.DidYouMean(absent.Name, names)} The files have {DataErrors.Some(names)}.");
        List<TableColumn> columns = [];
        foreach (string name in inputs.OnlyDeclared ? names.Where(settings.Declared.ContainsKey) : names)
        {
            bool time = name == inputs.EventTime;
            ColumnType type = settings.Declared.GetValueOrDefault(name)?.Type
                ?? (time || settings.Declared.GetValueOrDefault(name)?.Formats is not null ? ColumnType.Timestamp
                    : typeOf(name) ?? ColumnType.String);
            columns.Add(new TableColumn(name, type));
        }
        columns.AddRange(Added(settings));
        return new TableLayout(columns, EventTimeColumn(inputs, columns));
    }

    /// <summary>The position of the event time, or -1; checks that the partition column does not clash with another.</summary>
    private static int EventTimeColumn(CollectBees.Inputs inputs, List<TableColumn> columns)
    {
        if (columns.GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw DataErrors.Bad("DATA-006", $"Two columns are called '{twice.Key}' (names that differ only in case count as equal). Rename one of them.");
        if (inputs.EventTime is not { } time)
            return -1;
        int at = columns.FindIndex(c => c.Name == time);
        if (at < 0)
            throw DataErrors.Bad("DATA-011", $"The event time '{time}' is not a column.{DataErrors.DidYouMean(time, columns.Select(c => c.Name))} The columns are {DataErrors.Some(columns.Select(c => c.Name))}.");
        if (columns.Any(c => string.Equals(c.Name, TableWriter.DayColumn, StringComparison.OrdinalIgnoreCase)))
            throw DataErrors.Bad("DATA-011", $"A table partitioned by day gets a column '{TableWriter.DayColumn}', but the files have one too. Rename it.");
        return at;
    }
}
