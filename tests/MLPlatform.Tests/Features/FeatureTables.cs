using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Features;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.Tests.Tables;

namespace MLPlatform.Tests.Features;

/// <summary>Histories and labels as tables, groups as files.</summary>
internal static class FeatureTables
{
    private static readonly TableColumn[] Source =
    [
        new("user", ColumnType.String), new("happened", ColumnType.Timestamp), new("arrived", ColumnType.Timestamp), new("id", ColumnType.String),
        new("amount", ColumnType.Double), new("kind", ColumnType.String), new("level", ColumnType.Int64),
    ];

    public static Task<ArtifactRef> PutAsync(this TestActivityContext context, IEnumerable<HistoryRow> history) => WriteAsync(context, Source, writer =>
    {
        foreach (HistoryRow r in history)
        {
            RowBuffer row = writer.RowsFor(null);
            row.Text(0, r.User);
            row.Int64(1, r.EventTime);
            row.Int64(2, r.Arrival);
            row.Text(3, r.Id);
            if (r.Amount is { } amount) row.Double(4, amount); else row.Missing(4);
            if (r.Kind is { } kind) row.Text(5, kind); else row.Missing(5);
            if (r.Level is { } level) row.Int64(6, level); else row.Missing(6);
            writer.EndRow();
        }
    });

    /// <summary>A table with the columns user, at and y.</summary>
    public static Task<ArtifactRef> PutLabelsAsync(this TestActivityContext context, IEnumerable<(string? User, long? At, long Label)> labels) =>
        WriteAsync(context, [new("user", ColumnType.String), new("at", ColumnType.Timestamp), new("y", ColumnType.Int64)], writer =>
        {
            foreach ((string? user, long? at, long label) in labels)
            {
                RowBuffer row = writer.RowsFor(null);
                if (user is not null) row.Text(0, user); else row.Missing(0);
                if (at is { } time) row.Int64(1, time); else row.Missing(1);
                row.Int64(2, label);
                writer.EndRow();
            }
        });

    public static string PutGroup(this TestActivityContext context, FeatureGroup group) =>
        context.Write($"{group.Id}.json", JsonSerializer.SerializeToUtf8Bytes(group, ActivityJson.Options));

    public static Task<AggregateFeatures.Outputs> AggregateAsync(
        this TestActivityContext context, FeatureGroup group, ArtifactRef table, DateTimeOffset? from = null, DateTimeOffset? until = null) =>
        context.RunAsync(new AggregateFeatures(), new AggregateFeatures.Inputs { Table = table, Group = context.PutGroup(group), From = from, Until = until });

    public static Task<JoinFeatures.Outputs> JoinAsync(this TestActivityContext context, ArtifactRef labels, params ArtifactRef[] features) =>
        context.RunAsync(new JoinFeatures(), new JoinFeatures.Inputs
        {
            Labels = labels,
            Time = "at",
            Label = "y",
            Groups = [.. features.Select((f, i) => new JoinedGroup { Features = f, Prefix = i == 0 ? "" : $"g{i}_" })],
        });

    /// <summary>A value as <see cref="TableRows"/> shows it: a double in the digits that give its bits again.</summary>
    public static string? Text(this FeatureValue value) => !value.IsPresent ? null : value.Type switch
    {
        FeatureType.String => value.Text,
        FeatureType.Double => value.Number.ToString("R", CultureInfo.InvariantCulture),
        _ => value.Bits.ToString(CultureInfo.InvariantCulture),
    };

    private static async Task<ArtifactRef> WriteAsync(TestActivityContext context, TableColumn[] columns, Action<TableWriter> write)
    {
        string folder = context.NewFolder();
        using (TableWriter writer = new(folder, columns))
        {
            write(writer);
            writer.Complete();
        }
        return await context.Artifacts.PutFolderAsync(folder, "table", default);
    }
}
