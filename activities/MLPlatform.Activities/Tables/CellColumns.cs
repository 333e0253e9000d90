using MLPlatform.Vlps.Rows;
using ParquetSharp;
using Column = MLPlatform.Vlps.Rows.Column;

namespace MLPlatform.Activities.Tables;

/// <summary>Cells of rows that were read, written to another table: they keep their kind, and what is missing stays missing.</summary>
internal static class CellColumns
{
    /// <summary>The file of a table that is written batch by batch.</summary>
    public static ParquetFileWriter Open(string folder, params ParquetSharp.Column[] columns)
    {
        using WriterPropertiesBuilder builder = new();
        builder.Compression(Compression.Snappy).CreatedBy("MLPlatform");
        using WriterProperties properties = builder.Build();
        Directory.CreateDirectory(folder);
        return new ParquetFileWriter(Path.Combine(folder, "part-00000.parquet"), columns, properties);
    }

    /// <summary>A column for such cells.</summary>
    public static ParquetSharp.Column Declare(Column cells) => cells.Kind switch
    {
        ColumnKind.Text => new Column<string?>(cells.Name),
        ColumnKind.Whole => new Column<long?>(cells.Name),
        ColumnKind.Real => new Column<double?>(cells.Name),
        _ => new Column<bool?>(cells.Name),
    };

    /// <summary>Writes the cells of some rows as the group's next column.</summary>
    public static void Write(RowGroupWriter group, Column cells, IReadOnlyList<int> rows)
    {
        T?[] Cells<T>(Func<int, T> read)
            where T : struct => [.. rows.Select(i => cells.IsPresent(i) ? read(i) : (T?)null)];

        switch (cells.Kind)
        {
            case ColumnKind.Text:
                Write(group, [.. rows.Select(i => cells.IsPresent(i) ? System.Text.Encoding.UTF8.GetString(cells.Text(i)) : null)]);
                break;
            case ColumnKind.Whole:
                Write(group, Cells(cells.Whole));
                break;
            case ColumnKind.Real:
                Write(group, Cells(i => cells.TryNumber(i, out double value) ? value : double.NaN));
                break;
            default:
                Write(group, Cells(i => cells.Whole(i) != 0));
                break;
        }
    }

    /// <summary>Writes values as the group's next column.</summary>
    public static void Write<T>(RowGroupWriter group, T[] values)
    {
        using LogicalColumnWriter<T> writer = group.NextColumn().LogicalWriter<T>();
        writer.WriteBatch(values);
    }

    /// <summary>Adds a cell to a column of the same kind.</summary>
    public static void Append(Column to, Column from, int row)
    {
        if (!from.IsPresent(row))
            to.AddMissing();
        else if (from.Kind == ColumnKind.Text)
            to.Add(from.Text(row));
        else if (from.Kind == ColumnKind.Real)
            to.Add(from.TryNumber(row, out double value) ? value : double.NaN);
        else
            to.Add(from.Whole(row));
    }
}
