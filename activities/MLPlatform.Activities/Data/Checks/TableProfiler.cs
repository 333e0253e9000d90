using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>Profiles a table column by column; DuckDB counts and sorts, and spills where memory is short.</summary>
internal sealed class TableProfiler(DuckSession session, string table, ValueStream values, CancellationToken cancel)
{
    private const int MostTop = 20, MostBins = 24;

    public IReadOnlyList<(string Name, ColumnType Type)> Columns { get; } =
        [.. session.Columns(table).Select(c => (c.Name, CheckColumns.TypeOf(c.Type)))];

    public TableProfile Profile(Action<double, string> progress)
    {
        // 1. One pass for the counts of all columns.
        string counts = string.Concat(Columns.Select(c =>
            $", count({DuckSession.Name(c.Name)}), {(c.Type == ColumnType.Double ? $"count(*) FILTER (NOT isfinite({DuckSession.Name(c.Name)}))" : "0")}"));
        long[] numbers = session.Counts($"SELECT count(*){counts} FROM {table}");
        // 2. One pass over the distinct values of each.
        List<ColumnProfile> profiles = [];
        for (int i = 0; i < Columns.Count; i++)
        {
            progress((double)i / Columns.Count, Columns[i].Name);
            (string name, ColumnType type) = Columns[i];
            long present = numbers[1 + 2 * i], notFinite = numbers[2 + 2 * i];
            ColumnProfile profile = new()
            {
                Name = name,
                Type = ColumnTypes.Name(type),
                Rows = numbers[0],
                Missing = numbers[0] - present,
                NotFinite = notFinite,
                Distinct = 0,
            };
            profiles.Add(type is ColumnType.String or ColumnType.Bool ? Discrete(profile, type) : Ordered(profile, type, present - notFinite));
        }
        return new TableProfile(numbers[0], profiles);
    }

    private ColumnProfile Discrete(ColumnProfile profile, ColumnType type)
    {
        string column = DuckSession.Name(profile.Name);
        TopValues top = new(MostTop);
        values.Unordered([$"SELECT {column}::VARCHAR AS v, 1 AS own, 0 AS other FROM {table} WHERE {column} IS NOT NULL"], (text, count, _) => top.Add(text, count));
        profile = profile with { Distinct = top.Distinct, Top = [.. top.Values.Select(v => new ValueCount(Value(v.Value, type), v.Count))] };
        if (type == ColumnType.Bool || top.Distinct == 0)
            return profile;
        long[] lengths = session.Counts($"SELECT min(length({column})), max(length({column})), sum(length({column}))::BIGINT, count(*) FILTER (trim({column}) = '') FROM {table}");
        return profile with { Lengths = new(lengths[0], (double)lengths[2] / (profile.Rows - profile.Missing), lengths[1]), Blank = lengths[3] };
    }

    private ColumnProfile Ordered(ColumnProfile profile, ColumnType type, long present)
    {
        OrderedProfile ordered = new(present);
        values.Ordered([$"SELECT {CheckColumns.Number(profile.Name, type)} AS v, 1 AS own, 0 AS other FROM {table} WHERE {CheckColumns.HasNumber(profile.Name, type)}"],
            type, (value, count, _) => ordered.Add(value, count));
        if (ordered.Distinct == 0)
            return profile;
        bool instants = type == ColumnType.Timestamp;
        return profile with
        {
            Distinct = ordered.Distinct,
            Min = CheckColumns.Json(ordered.Min!.Value, type),
            Max = CheckColumns.Json(ordered.Max!.Value, type),
            Mean = instants ? null : ordered.Mean,
            Deviation = instants ? null : ordered.Deviation,
            Zeros = instants ? null : ordered.Zeros,
            Negative = instants ? null : ordered.Negative,
            Quantiles = [.. ordered.Quantiles.Select((v, i) => new ValueQuantile(OrderedProfile.Shares[i], CheckColumns.Json(v, type)))],
            Histogram = Histogram(profile.Name, type, ordered),
        };
    }

    private ValueHistogram Histogram(string column, ColumnType type, OrderedProfile ordered)
    {
        // Far values would press everything into one bar, so the picture shows the middle and counts the rest.
        double low = ordered.Quantiles[0].Double, high = ordered.Quantiles[^1].Double;
        if (low == high)
            (low, high) = (ordered.Min!.Value.Double, ordered.Max!.Value.Double);
        // Bins of whole numbers have whole widths, or some would hold more numbers than others.
        double width = low == high ? 1
            : type == ColumnType.Double ? (high - low) / MostBins
            : Math.Ceiling((high - low + 1) / MostBins);
        int bins = low == high ? 1 : type == ColumnType.Double ? MostBins : (int)Math.Ceiling((high - low + 1) / width);
        string value = $"{CheckColumns.Number(column, type)}::DOUBLE";
        string text = string.Create(CultureInfo.InvariantCulture,
            $"CASE WHEN {value} < {low:R} THEN -1 WHEN {value} > {high:R} THEN {bins} ELSE least(floor(({value} - {low:R}) / {width:R}), {bins - 1})::BIGINT END");
        long[] counts = new long[bins + 2];
        session.Read($"SELECT ({text})::BIGINT, count(*) FROM {table} WHERE {CheckColumns.HasNumber(column, type)} GROUP BY 1", (vectors, rows) =>
        {
            for (int row = 0; row < rows; row++)
                counts[vectors[0].Int64(row) + 1] = vectors[1].Int64(row);
        }, cancel);
        return new ValueHistogram(low, width, counts[1..^1], counts[0], counts[^1]);
    }

    private static JsonElement Value(string text, ColumnType type) =>
        type == ColumnType.Bool ? JsonSerializer.SerializeToElement(text == "true") : JsonSerializer.SerializeToElement(text);
}
