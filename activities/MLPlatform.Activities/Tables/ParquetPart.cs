using ParquetSharp;
using ParquetSharp.Schema;

namespace MLPlatform.Activities.Tables;

/// <summary>
/// One Parquet file being written. The same rows give the same bytes: nothing in the file depends on the time, the
/// machine or the number of cores.
/// </summary>
/// <remarks>docs/adr/0020-tables-are-parquet.md says why ParquetSharp writes it.</remarks>
internal sealed class ParquetPart : IDisposable
{
    private readonly ParquetFileWriter _file;

    public ParquetPart(string path, IReadOnlyList<TableColumn> columns)
    {
        using WriterPropertiesBuilder builder = new();
        builder.Compression(Compression.Snappy).CreatedBy("MLPlatform");
        using WriterProperties properties = builder.Build();
        using GroupNode schema = new("schema", Repetition.Required, [.. columns.Select(Node)], null);
        _file = new ParquetFileWriter(path, schema, properties, null);
    }

    public int RowGroups { get; private set; }

    public void Write(RowBuffer rows)
    {
        using RowGroupWriter group = _file.AppendRowGroup();
        foreach (ColumnBuffer column in rows.Columns)
        {
            using ColumnWriter writer = group.NextColumn();
            column.WriteTo(writer);
        }
        group.Close();
        RowGroups++;
    }

    public void Close() => _file.Close();

    public void Dispose() => _file.Dispose();

    private static Node Node(TableColumn column) => column.Type switch
    {
        ColumnType.String => Optional(column, LogicalType.String(), PhysicalType.ByteArray),
        ColumnType.Int64 => Optional(column, LogicalType.Int(64, isSigned: true), PhysicalType.Int64),
        ColumnType.Double => Optional(column, LogicalType.None(), PhysicalType.Double),
        ColumnType.Bool => Optional(column, LogicalType.None(), PhysicalType.Boolean),
        // Instants in UTC, but not flagged so: readers then show them as they are instead of in a local zone.
        ColumnType.Timestamp => Optional(column, LogicalType.Timestamp(false, TimeUnit.Micros), PhysicalType.Int64),
        _ => throw new ArgumentOutOfRangeException(nameof(column), column.Type, "no such column type"),
    };

    private static PrimitiveNode Optional(TableColumn column, LogicalType logical, PhysicalType physical) =>
        new(column.Name, Repetition.Optional, logical, physical, -1);
}
