using ParquetSharp;

namespace MLPlatform.Vlps.Rows;

/// <summary>The columns of one row group on their way into batches. Each is read on its own, by whichever thread asks for it, but by one at a time.</summary>
internal sealed class GroupColumns : IDisposable
{
    private readonly RowGroupReader _group;
    private readonly int[] _indices;
    private readonly int _batchRows;
    private readonly long _skip;
    private readonly ColumnBatch _batch;
    private readonly ColumnFiller?[] _fillers;
    private readonly bool[] _loaded;

    /// <param name="indices">Of each column of the batch, its number in the file.</param>
    /// <param name="skip">Rows of the group to pass over.</param>
    public GroupColumns(RowGroupReader group, int[] indices, int batchRows, long skip, ColumnBatch batch)
    {
        (_group, _indices, _batchRows, _skip, _batch) = (group, indices, batchRows, skip, batch);
        (_fillers, _loaded) = (new ColumnFiller?[indices.Length], new bool[indices.Length]);
        Array.Fill(_loaded, true);
        batch.Loader = Load;
    }

    /// <summary>The batch is to hold the next rows.</summary>
    public void Begin(int rows)
    {
        // What nobody asked for must be passed over, too.
        for (int i = 0; i < _loaded.Length; i++)
            Load(i);
        _batch.Rows = rows;
        Array.Clear(_loaded);
    }

    private void Load(int column)
    {
        if (_loaded[column])
            return;
        if (_fillers[column] is not { } filler)
        {
            _fillers[column] = filler = ColumnFiller.For(_group.Column(_indices[column]), _batchRows);
            filler.Skip(_skip);
        }
        filler.Fill(_batch.Columns[column], _batch.Rows);
        _loaded[column] = true;
    }

    public void Dispose()
    {
        _batch.Loader = null;
        foreach (ColumnFiller? filler in _fillers)
            filler?.Dispose();
    }
}
