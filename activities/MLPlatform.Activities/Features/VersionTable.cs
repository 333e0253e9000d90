using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>The table of versions being written, and what its values look like.</summary>
internal sealed class VersionTable : IDisposable
{
    private readonly TableWriter _table;
    private readonly FeatureGroup _group;
    private readonly IReadOnlyList<PlannedFeature> _features;
    private readonly FeatureProfiler[] _profilers;

    public VersionTable(string folder, FeatureGroup group, IReadOnlyList<PlannedFeature> features)
    {
        (_group, _features) = (group, features);
        _profilers = [.. features.Select(f => new FeatureProfiler(f))];
        _table = new TableWriter(folder,
        [
            .. group.Entity.Select(k => new TableColumn(k.Name, GroupSource.TableType(k.Type))),
            new(FeatureColumns.EventTime, ColumnType.Timestamp), new(FeatureColumns.ArrivalTime, ColumnType.Timestamp),
            .. features.Select(f => new TableColumn(f.Name, GroupSource.TableType(f.Type))),
        ]);
    }

    public long Rows => _table.Rows;

    public IReadOnlyList<FeatureProfile> Profile => [.. _profilers.Select(p => p.Profile())];

    public void Append(FeatureValue[] entity, FeatureVersion version)
    {
        RowBuffer row = _table.RowsFor(null);
        int column = 0;
        for (int k = 0; k < _group.Entity.Count; k++)
            row.Feature(column++, entity[k], _group.Entity[k].Type);
        row.Int64(column++, version.EventTime);
        row.Int64(column++, version.KnownFrom);
        for (int f = 0; f < _features.Count; f++)
        {
            _profilers[f].Take(version.Values[f]);
            row.Feature(column++, version.Values[f], _features[f].Type);
        }
        _table.EndRow();
    }

    public void Complete() => _table.Complete();

    public void Dispose() => _table.Dispose();
}

internal static class FeatureRows
{
    /// <summary>Appends a value of a feature, or its absence.</summary>
    public static void Feature(this RowBuffer row, int column, in FeatureValue value, FeatureType type)
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
