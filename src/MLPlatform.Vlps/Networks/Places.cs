using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;

namespace MLPlatform.Vlps.Networks;

/// <summary>The rows of one field of one sample, each with what its weights are multiplied by.</summary>
internal ref struct Places
{
    private readonly FieldColumn _column;
    private readonly FieldIndex _index;
    private readonly int _begin, _end;
    private readonly float _share;
    private int _at;

    /// <param name="sample">Sample of the lane's chunk.</param>
    public Places(Lane lane, int field, int sample, Pooling pooling)
    {
        (_column, _index) = (lane.Batch.Block.Fields[field], lane.Batch.Indexes[field]);
        int row = lane.Batch.First + lane.First + sample, start = _column.Start(row);
        (_begin, _end, _at) = (_column.Start(lane.Batch.First), _column.Start(row + 1), start - 1);
        _share = pooling == Pooling.Mean ? 1f / Math.Max(1, _end - start) : 1f;
    }

    public readonly Places GetEnumerator() => this;

    public readonly (nint Row, float Value) Current =>
        (_index.RowOf(_at - _begin), _share * (_column.Weighted ? _column.ValueArray[_at] : 1f));

    public bool MoveNext() => ++_at < _end;
}
