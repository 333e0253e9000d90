using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Keeps the events that may still matter after an instant: those that take part in a feature or will, and each entity's
/// newest, which says when its newest event happened. An increment goes on from them instead of from all history.
/// </summary>
internal sealed class StateWriter : IDisposable
{
    /// <summary>How the file ends: it is Parquet, but no part of the table.</summary>
    public const string Ending = ".state";

    private readonly string _folder;
    private readonly TableWriter _table;
    private readonly IReadOnlyList<TableColumn> _columns;
    private readonly long _through;
    private readonly long _longest;
    private StateRow? _newest;

    /// <param name="columns">Of the events: the keys, event time, arrival, name, when it was replaced, the inputs.</param>
    public StateWriter(string folder, IReadOnlyList<TableColumn> columns, FeatureGroup group, IReadOnlyList<PlannedFeature> features, long through)
    {
        (_folder, _columns, _through) = (folder, columns, through);
        _table = new TableWriter(folder, columns);
        // Where rows are never replaced a plain column without end needs the newest event alone.
        IEnumerable<long> windows = features.Select(f => f.Window).Where(w => group.EventId is not null || w < long.MaxValue);
        _longest = windows.DefaultIfEmpty(0).Max();
    }

    public void Take(FeatureEvent happened, FeatureValue[] row)
    {
        if (happened.Replaced <= happened.KnownFrom)
            return; // It was replaced before anybody could know it, so it never counts.
        bool kept = happened.EndsAt(_longest) > _through || happened.KnownFrom > _through;
        if (kept)
            Write(row);
        if (happened.KnownFrom <= _through && (_newest is null || (happened.EventTime, happened.Arrival).CompareTo((_newest.EventTime, _newest.Arrival)) >= 0))
            _newest = new StateRow(happened.EventTime, happened.Arrival, row, kept);
    }

    public void EndEntity()
    {
        if (_newest is { Written: false } newest)
            Write(newest.Values);
        _newest = null;
    }

    /// <summary>Puts the file beside the table's parts.</summary>
    public void Complete(string target)
    {
        _table.Complete();
        foreach (string part in Directory.EnumerateFiles(_folder, "*.parquet"))
            File.Move(part, Path.Combine(target, Path.GetFileNameWithoutExtension(part) + Ending));
    }

    public void Dispose() => _table.Dispose();

    private void Write(FeatureValue[] values)
    {
        RowBuffer row = _table.RowsFor(null);
        for (int c = 0; c < values.Length; c++)
            row.Feature(c, values[c], TypeOf(_columns[c].Type));
        _table.EndRow();
    }

    private static FeatureType TypeOf(ColumnType type) => type switch
    {
        ColumnType.String => FeatureType.String,
        ColumnType.Double => FeatureType.Double,
        ColumnType.Bool => FeatureType.Bool,
        _ => FeatureType.Int64,
    };

    private sealed record StateRow(long EventTime, long Arrival, FeatureValue[] Values, bool Written);
}
