using MLPlatform.Core.Datasets;
using MLPlatform.Server.Datasets;

namespace MLPlatform.Cli.Datasets;

/// <summary>A comparison of two versions for people.</summary>
internal static class DiffText
{
    public static void Write(DatasetDiffView diff)
    {
        TableDiff content = diff.Content;
        Console.WriteLine($"{diff.Dataset}: version {diff.From} to {diff.To}, {DatasetsCommand.Number(content.RowsFrom)} to {DatasetsCommand.Number(content.RowsTo)} rows");
        foreach (ColumnChange change in diff.Schema)
            Console.WriteLine(Print.Harmless(change switch
            {
                { From: null } => $"  column {change.Name} ({change.To}) added",
                { To: null } => $"  column {change.Name} ({change.From}) removed",
                _ => $"  column {change.Name} was {change.From}, is {change.To}",
            }));
        if (diff.DaysAdded.Count + diff.DaysRemoved.Count > 0)
            Console.WriteLine($"  days: {diff.DaysAdded.Count} added, {diff.DaysRemoved.Count} removed");
        if (content.ByKey is { } keys)
            Console.WriteLine($"  by key: {DatasetsCommand.Number(keys.Added)} added, {DatasetsCommand.Number(keys.Removed)} removed, {DatasetsCommand.Number(keys.Changed)} changed"
                + (keys.RepeatedKeys > 0 ? $"; {DatasetsCommand.Number(keys.RepeatedKeys)} keys occur more than once" : ""));
        Print.Table(["COLUMN", "MISSING", "DISTINCT", "LEAST", "GREATEST", "MEAN"], content.Columns.Select(c => new[]
        {
            c.Name, Both(c, s => DatasetsCommand.Number(s.Missing)), Both(c, s => DatasetsCommand.Number(s.Distinct)), Both(c, s => s.Least ?? ""),
            Both(c, s => s.Greatest ?? ""), Both(c, s => s.Mean?.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture) ?? ""),
        }));
    }

    private static string Both(ColumnDiff column, Func<ColumnSummary, string> figure)
    {
        string from = column.From is { } old ? figure(old) : "-", to = column.To is { } now ? figure(now) : "-";
        return from == to ? to : $"{from} > {to}";
    }
}
