using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>Writes one Parquet file with row groups like those of tables.</summary>
internal sealed class ParquetSink(string path, IReadOnlyList<TableColumn> columns) : IRowSink
{
    private const int RowsPerGroup = 65_536;
    private const long BytesPerGroup = 64L << 20;

    private readonly ParquetPart _part = new(path, columns);
    private readonly RowBuffer _buffer = new(columns);

    public void Write(DuckVectors.Vector[] vectors, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < vectors.Length; i++)
                DuckVectors.AppendValue(vectors[i], row, _buffer, i, columns[i].Type);
            _buffer.EndRow();
            if (_buffer.Rows < RowsPerGroup && _buffer.Bytes < BytesPerGroup)
                continue;
            _part.Write(_buffer);
            _buffer.Clear();
        }
    }

    public void Complete()
    {
        if (_buffer.Rows > 0 || _part.RowGroups == 0)
            _part.Write(_buffer);
        _part.Close();
    }

    public void Dispose() => _part.Dispose();
}
