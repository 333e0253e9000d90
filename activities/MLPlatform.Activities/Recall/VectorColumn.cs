using MLPlatform.Activities.Training;
using ParquetSharp;

namespace MLPlatform.Activities.Recall;

/// <summary>Reads a column of lists of numbers, row after row over the files of a table.</summary>
internal sealed class VectorColumn(IReadOnlyList<string> files, string name) : IDisposable
{
    private ParquetFileReader? _file;
    private RowGroupReader? _group;
    private LogicalColumnReader? _column;
    private int _nextFile, _nextGroup;
    private long _left;

    /// <summary>Numbers of a vector; 0 before the first was read.</summary>
    public int Width { get; private set; }

    /// <summary>Whether a table has such a column.</summary>
    public static bool IsIn(IReadOnlyList<string> files, string name)
    {
        using var reader = new ParquetFileReader(files[0]);
        return IndexIn(reader, name) >= 0;
    }

    /// <summary>Reads the vectors of the next rows, which there must be.</summary>
    /// <param name="into">Grows as it must.</param>
    public void Read(int rows, ref float[] into)
    {
        for (int done = 0; done < rows;)
        {
            while (_left == 0)
                Advance();
            int count = (int)Math.Min(_left, rows - done);
            Take(_column!, count, done, rows, ref into);
            done += count;
            _left -= count;
        }
    }

    private void Take(LogicalColumnReader column, int count, int first, int rows, ref float[] into)
    {
        switch (column)
        {
            case LogicalColumnReader<float[]> floats:
                Copy(floats.ReadAll(count), first, rows, ref into, value => value);
                break;
            case LogicalColumnReader<float?[]> floats:
                Copy(floats.ReadAll(count), first, rows, ref into, value => value ?? float.NaN);
                break;
            case LogicalColumnReader<double[]> doubles:
                Copy(doubles.ReadAll(count), first, rows, ref into, value => (float)value);
                break;
            case LogicalColumnReader<double?[]> doubles:
                Copy(doubles.ReadAll(count), first, rows, ref into, value => (float)(value ?? double.NaN));
                break;
            default:
                throw MlErrors.Bad("ML-002", $"The column '{name}' is no list of numbers, which a vector is.");
        }
    }

    private void Copy<T>(T[]?[] vectors, int first, int rows, ref float[] into, Func<T, float> number)
    {
        foreach (T[]? vector in vectors)
        {
            if (Width == 0)
                Width = vector?.Length ?? 0;
            if (vector is null || vector.Length == 0 || vector.Length != Width)
                throw MlErrors.Bad("ML-002", $"The column '{name}' holds a vector of {vector?.Length ?? 0} numbers beside one of {Width}; all must be equally long.");
            if (into.Length < rows * Width)
                Array.Resize(ref into, rows * Width);
            for (int i = 0; i < Width; i++)
            {
                float value = into[(first * Width) + i] = number(vector[i]);
                if (!float.IsFinite(value))
                    throw MlErrors.Bad("ML-002", $"The column '{name}' holds a vector with a number that is missing or not finite.");
            }
            first++;
        }
    }

    private void Advance()
    {
        Close();
        if (_file is null || _nextGroup == _file.FileMetaData.NumRowGroups)
        {
            _file?.Dispose();
            (_file, _nextGroup) = (new ParquetFileReader(files[_nextFile++]), 0);
            return;
        }
        _group = _file.RowGroup(_nextGroup++);
        int index = IndexIn(_file, name);
        if (index < 0)
            throw MlErrors.Bad("ML-001", $"A file of the table has no column '{name}' of lists, which the first one has.");
        _column = _group.Column(index).LogicalReader();
        _left = _group.MetaData.NumRows;
    }

    private static int IndexIn(ParquetFileReader file, string name)
    {
        SchemaDescriptor schema = file.FileMetaData.Schema;
        for (int i = 0; i < schema.NumColumns; i++)
        {
            if (schema.Column(i).MaxRepetitionLevel == 1 && schema.Column(i).Path.ToDotString().StartsWith(name + ".", StringComparison.Ordinal))
                return i;
        }
        return -1;
    }

    private void Close()
    {
        _column?.Dispose();
        _group?.Dispose();
        (_column, _group) = (null, null);
    }

    public void Dispose()
    {
        Close();
        _file?.Dispose();
    }
}
