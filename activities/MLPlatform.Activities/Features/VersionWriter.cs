using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>Writes the versions that stand at some instant of a range, entity by entity, each from when it was known.</summary>
internal sealed class VersionWriter(TableWriter table, FeatureGroup group, IReadOnlyList<PlannedFeature> features, long from, long until)
{
    private FeatureValue[]? _entity;
    private FeatureVersion? _held;

    public static IReadOnlyList<TableColumn> Columns(FeatureGroup group) =>
    [
        .. group.Entity.Select(k => new TableColumn(k.Name, GroupSource.TableType(k.Type))),
        new(FeatureColumns.EventTime, ColumnType.Timestamp), new(FeatureColumns.ArrivalTime, ColumnType.Timestamp),
        .. PlannedFeature.AllOf(group).Select(f => new TableColumn(f.Name, GroupSource.TableType(f.Type))),
    ];

    public void Start(FeatureValue[] entity)
    {
        Complete();
        _entity = entity;
    }

    public void Take(FeatureVersion version)
    {
        // A version stands until the next one; what ended before the range begins is not in it.
        if (_held is { } held && version.KnownFrom > from)
            Write(held);
        _held = version.KnownFrom < until ? version : null;
    }

    /// <summary>Writes the last version of the entity.</summary>
    public void Complete()
    {
        if (_held is { } held)
            Write(held);
        _held = null;
    }

    private void Write(FeatureVersion version)
    {
        RowBuffer row = table.RowsFor(null);
        int column = 0;
        for (int k = 0; k < group.Entity.Count; k++)
            Append(row, column++, _entity![k], group.Entity[k].Type);
        row.Int64(column++, version.EventTime);
        row.Int64(column++, version.KnownFrom);
        for (int f = 0; f < features.Count; f++)
            Append(row, column++, version.Values[f], features[f].Type);
        table.EndRow();
    }

    private static void Append(RowBuffer row, int column, in FeatureValue value, FeatureType type)
    {
        if (!value.IsPresent)
            row.Missing(column);
        else if (type == FeatureType.String)
            row.Text(column, value.Text!);
        else if (type == FeatureType.Double)
            row.Double(column, value.Number);
        else if (type == FeatureType.Bool)
            row.Bool(column, value.Bits != 0);
        else
            row.Int64(column, value.Bits);
    }
}
