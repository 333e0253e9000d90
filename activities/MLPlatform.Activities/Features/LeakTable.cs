using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Features;

/// <summary>The leakage report as a table.</summary>
internal static class LeakTable
{
    public static readonly TableColumn[] Columns =
    [
        new("group", ColumnType.String), new("version", ColumnType.Int64), new("feature", ColumnType.String), new("rows", ColumnType.Int64),
        new("missing", ColumnType.Int64), new("onlyAfter", ColumnType.Int64), new("correlation", ColumnType.Double),
        new("correlationAfter", ColumnType.Double), new("missingCorrelation", ColumnType.Double), new("warning", ColumnType.String),
    ];

    public static void Append(TableWriter table, FeatureLeak leak)
    {
        RowBuffer row = table.RowsFor(null);
        row.Text(0, leak.Group);
        row.Int64(1, leak.Version);
        row.Text(2, leak.Feature);
        row.Int64(3, leak.Rows);
        row.Int64(4, leak.Missing);
        row.Int64(5, leak.OnlyAfter);
        Number(row, 6, leak.Correlation);
        Number(row, 7, leak.CorrelationAfter);
        Number(row, 8, leak.MissingCorrelation);
        string warnings = string.Join(" ", leak.Warnings());
        if (warnings.Length > 0)
            row.Text(9, warnings);
        else
            row.Missing(9);
        table.EndRow();
    }

    private static void Number(RowBuffer row, int column, double? value)
    {
        if (value is { } number)
            row.Double(column, number);
        else
            row.Missing(column);
    }
}
