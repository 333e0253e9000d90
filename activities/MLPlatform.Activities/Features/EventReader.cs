using DuckDB.NET.Native;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>Reads the rows of <see cref="GroupSource.Events"/> and gives each entity's events to a timeline.</summary>
internal sealed class EventReader(FeatureGroup group, IReadOnlyList<PlannedFeature> features, FeatureTimeline timeline, Action<FeatureValue[]> startEntity)
{
    private readonly int _keys = group.Entity.Count;
    private FeatureValue[]? _entity;

    public long Entities { get; private set; }

    public void Read(DuckSession session, string sql, Action<long> progress, CancellationToken cancel)
    {
        long rows = 0;
        using DuckQuery query = DuckQuery.Prepare(session, sql);
        query.Run(result =>
        {
            IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
            return chunk =>
            {
                DuckVectors.Vector[] vectors = DuckVectors.Vectors(chunk, columns);
                int count = DuckVectors.Rows(chunk);
                for (int row = 0; row < count; row++)
                    Take(vectors, columns, row);
                progress(rows += count);
            };
        }, cancel);
        if (_entity is not null)
            timeline.End();
    }

    private void Take(DuckVectors.Vector[] vectors, IReadOnlyList<TableColumn> columns, int row)
    {
        if (_entity is null || !IsSame(vectors, row))
        {
            if (_entity is not null)
                timeline.End();
            _entity = new FeatureValue[_keys];
            for (int k = 0; k < _keys; k++)
                _entity[k] = DuckVectors.Feature(vectors[k], row, columns[k].Type);
            Entities++;
            startEntity(_entity);
        }
        FeatureValue[] inputs = new FeatureValue[features.Count];
        for (int f = 0; f < inputs.Length; f++)
            inputs[f] = DuckVectors.Feature(vectors[_keys + 3 + f], row, columns[_keys + 3 + f].Type);
        timeline.Add(new FeatureEvent(vectors[_keys].Int64(row), vectors[_keys + 1].Int64(row),
            vectors[_keys + 2].IsMissing(row) ? long.MaxValue : vectors[_keys + 2].Int64(row), inputs));
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
