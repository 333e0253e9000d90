using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>Reads the rows of <see cref="GroupSource.Events"/> and gives each entity's events to a timeline.</summary>
internal sealed class EventReader(FeatureGroup group, FeatureTimeline timeline, VersionWriter writer)
{
    private readonly int _keys = group.Entity.Count;
    private FeatureValue[]? _entity;
    private StateWriter? _state;

    public long Entities { get; private set; }

    /// <param name="openState">Told the columns, gives what keeps the state.</param>
    public StateWriter Read(DuckSession session, string sql, Func<IReadOnlyList<TableColumn>, StateWriter> openState, Action<long> progress, CancellationToken cancel)
    {
        long rows = 0;
        using DuckQuery query = DuckQuery.Prepare(session, sql);
        query.Run(result =>
        {
            IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
            _state = openState(columns);
            return chunk =>
            {
                DuckVectors.Vector[] vectors = DuckVectors.Vectors(chunk, columns);
                int count = DuckVectors.Rows(chunk);
                for (int row = 0; row < count; row++)
                    Take(vectors, columns, row);
                progress(rows += count);
            };
        }, cancel);
        EndEntity();
        writer.Complete();
        return _state!;
    }

    private void Take(DuckVectors.Vector[] vectors, IReadOnlyList<TableColumn> columns, int row)
    {
        FeatureValue[] values = new FeatureValue[vectors.Length];
        for (int c = _keys; c < values.Length; c++)
            values[c] = DuckVectors.Feature(vectors[c], row, columns[c].Type);
        if (_entity is null || !IsSame(vectors, row))
            StartEntity(vectors, columns, row);
        _entity.CopyTo(values, 0);
        FeatureEvent happened = new(values[_keys].Bits, values[_keys + 1].Bits,
            values[_keys + 3].IsPresent ? values[_keys + 3].Bits : long.MaxValue, values[(_keys + 4)..]);
        _state!.Take(happened, values);
        timeline.Add(happened);
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_entity))]
    private void StartEntity(DuckVectors.Vector[] vectors, IReadOnlyList<TableColumn> columns, int row)
    {
        EndEntity();
        _entity = new FeatureValue[_keys];
        for (int k = 0; k < _keys; k++)
            _entity[k] = DuckVectors.Feature(vectors[k], row, columns[k].Type);
        Entities++;
        writer.Start(_entity);
    }

    private void EndEntity()
    {
        if (_entity is null)
            return;
        timeline.End();
        _state!.EndEntity();
    }

    private bool IsSame(DuckVectors.Vector[] vectors, int row)
    {
        for (int k = 0; k < _keys; k++)
        {
            bool same = group.Entity[k].Type == FeatureType.String
                ? DuckVectors.IsText(vectors[k], row, _entity![k].Text!)
                : vectors[k].Int64(row) == _entity![k].Bits;
            if (!same)
                return false;
        }
        return true;
    }
}
