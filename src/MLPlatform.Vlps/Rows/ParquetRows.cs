using ParquetSharp;

namespace MLPlatform.Vlps.Rows;

/// <summary>
/// Streams chosen columns of Parquet files, in file order and row order. Memory is bounded by the batch, not by the
/// files or their row groups' length (beyond what Parquet's own pages take).
/// </summary>
/// <param name="files">Paths; names and extensions do not matter.</param>
/// <param name="columns">Columns to read; each must be in every file.</param>
/// <param name="batchRows">Rows of a batch. Default: 8192.</param>
public sealed class ParquetRows(IReadOnlyList<string> files, IReadOnlyList<string> columns, int batchRows = 8192)
{
    private readonly string[] _columns = [.. columns.Distinct(StringComparer.Ordinal)];

    /// <summary>Rows of all files, from their footers.</summary>
    public long CountRows()
    {
        long rows = 0;
        foreach (string file in files)
        {
            using ParquetFileReader reader = Open(file);
            rows += reader.FileMetaData.NumRows;
        }
        return rows;
    }

    /// <summary>The names of the columns of the first file.</summary>
    public IReadOnlyList<string> ColumnNames()
    {
        if (files.Count == 0)
            return [];
        using ParquetFileReader reader = Open(files[0]);
        SchemaDescriptor schema = reader.FileMetaData.Schema;
        return [.. Enumerable.Range(0, schema.NumColumns).Select(i => schema.Column(i).Path.ToDotString())];
    }

    /// <summary>Reads all rows. The batch is the same object each time, with new content.</summary>
    public IEnumerable<ColumnBatch> Read() => Read(0, long.MaxValue);

    /// <summary>Reads rows that follow each other. Row groups before them are not touched. The batch is the same object each time, with new content.</summary>
    /// <param name="first">The first, counted over all files from 0.</param>
    /// <param name="count">How many, if there are.</param>
    public IEnumerable<ColumnBatch> Read(long first, long count)
    {
        foreach (ColumnBatch batch in ReadUnloaded(first, count))
        {
            for (int i = 0; i < batch.Columns.Count; i++)
                batch.Load(i);
            yield return batch;
        }
    }

    /// <summary>The same, with columns that have no values until <see cref="ColumnBatch.Load"/>; each may be loaded by a thread of its own.</summary>
    internal IEnumerable<ColumnBatch> ReadUnloaded(long first, long count)
    {
        var batch = new ColumnBatch(_columns);
        foreach (string file in files)
        {
            if (count <= 0)
                yield break;
            using ParquetFileReader reader = Open(file);
            if (first >= reader.FileMetaData.NumRows)
            {
                first -= reader.FileMetaData.NumRows;
                continue;
            }
            int[] indices = Indices(reader.FileMetaData.Schema);
            for (int group = 0; group < reader.FileMetaData.NumRowGroups && count > 0; group++)
            {
                using RowGroupReader rows = reader.RowGroup(group);
                long skip = Math.Min(first, rows.MetaData.NumRows);
                first -= skip;
                if (skip == rows.MetaData.NumRows)
                    continue;
                using var columns = new GroupColumns(rows, indices, batchRows, skip, batch);
                for (long left = Math.Min(count, rows.MetaData.NumRows - skip); left > 0; left -= batch.Rows)
                {
                    columns.Begin((int)Math.Min(left, batchRows));
                    count -= batch.Rows;
                    yield return batch;
                }
            }
        }
    }

    private int[] Indices(SchemaDescriptor schema)
    {
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < schema.NumColumns; i++)
            byName.TryAdd(schema.Column(i).Path.ToDotString(), i);
        return [.. _columns.Select(name => byName.TryGetValue(name, out int index)
            ? index
            : throw new VlpsException(VlpsProblem.MissingColumn,
                $"the table has no column '{name}'; it has {string.Join(", ", byName.Keys.Take(60))}"))];
    }

    private static ParquetFileReader Open(string file)
    {
        try
        {
            return new ParquetFileReader(file);
        }
        catch (ParquetException e)
        {
            throw new VlpsException(VlpsProblem.BadFile, $"'{Path.GetFileName(file)}' cannot be read as Parquet: {e.Message}", e);
        }
    }
}
