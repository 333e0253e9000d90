using System.Globalization;

namespace MLPlatform.Activities.Tables;

/// <summary>
/// Writes a table as a folder of Parquet files, <c>part-00000.parquet</c> and so on, or partitioned by day:
/// <c>day=2010-12-01/part-00000.parquet</c>. Memory stays bounded whatever the number of rows and days, and the same
/// rows in the same order give the same bytes.
/// </summary>
internal sealed class TableWriter : IDisposable
{
    /// <summary>The name of the partition column that readers see.</summary>
    public const string DayColumn = "day";

    private const int RowsPerGroup = 65_536;
    private const int GroupsPerPart = 64;
    private const long BytesPerGroup = 64L << 20;
    private const long BytesBuffered = 192L << 20;
    private const int OpenParts = 48;

    private readonly string _folder;
    private readonly IReadOnlyList<TableColumn> _columns;
    private readonly Dictionary<int, Partition> _partitions = [];
    private long _buffered;
    private long _clock;

    public TableWriter(string folder, IReadOnlyList<TableColumn> columns)
    {
        (_folder, _columns) = (folder, columns);
        Directory.CreateDirectory(folder);
    }

    private const int NoDay = int.MinValue;

    public IReadOnlyList<TableColumn> Columns => _columns;

    public long Rows { get; private set; }

    /// <summary>The days written so far, in order, as <c>2010-12-01</c>.</summary>
    public IReadOnlyList<string> Days =>
        [.. _partitions.Values.Where(p => p.Day != NoDay && p.Rows > 0).Select(p => p.Day).Order().Select(DayName)];

    /// <summary>Where the next row goes; append it column by column, then call <see cref="EndRow"/>.</summary>
    /// <param name="microseconds">The row's event time, or null in a table without days.</param>
    public RowBuffer RowsFor(long? microseconds)
    {
        int day = microseconds is { } time ? (int)Math.Floor(time / 86_400e6) : NoDay;
        if (!_partitions.TryGetValue(day, out Partition? partition))
            _partitions.Add(day, partition = new Partition(day, new RowBuffer(_columns)));
        partition.Used = ++_clock;
        Current = partition;
        return partition.Buffer;
    }

    private Partition? Current { get; set; }

    public void EndRow()
    {
        Partition partition = Current!;
        long before = partition.Buffer.Bytes;
        partition.Buffer.EndRow();
        _buffered += partition.Buffer.Bytes - before;
        partition.Rows++;
        Rows++;
        if (partition.Buffer.Rows >= RowsPerGroup || partition.Buffer.Bytes >= BytesPerGroup)
            Flush(partition);
        else if (_buffered >= BytesBuffered)
            Flush(_partitions.Values.MaxBy(p => p.Buffer.Bytes)!);
    }

    /// <summary>Writes what is still buffered and closes every file. A table without rows still has one file, for its columns.</summary>
    public void Complete()
    {
        if (Rows == 0)
            RowsFor(null);
        foreach (Partition partition in _partitions.OrderBy(p => p.Key).Select(p => p.Value))
        {
            if (partition.Buffer.Rows > 0 || (Rows == 0 && partition.Day == NoDay))
                Flush(partition);
            Close(partition);
        }
    }

    public void Dispose()
    {
        foreach (Partition partition in _partitions.Values)
            partition.Open?.Dispose();
    }

    private void Flush(Partition partition)
    {
        _buffered -= partition.Buffer.Bytes;
        Part(partition).Write(partition.Buffer);
        partition.Buffer.Clear();
        if (partition.Open!.RowGroups >= GroupsPerPart)
            Close(partition);
    }

    private ParquetPart Part(Partition partition)
    {
        if (partition.Open is not null)
            return partition.Open;
        // Files of many days may be open at once; the one left alone for longest is closed first.
        List<Partition> open = [.. _partitions.Values.Where(p => p.Open is not null)];
        if (open.Count >= OpenParts)
            Close(open.MinBy(p => p.Used)!);
        string folder = partition.Day == NoDay ? _folder : Path.Combine(_folder, $"{DayColumn}={DayName(partition.Day)}");
        Directory.CreateDirectory(folder);
        string name = string.Create(CultureInfo.InvariantCulture, $"part-{partition.Parts++:D5}.parquet");
        return partition.Open = new ParquetPart(Path.Combine(folder, name), _columns);
    }

    private static void Close(Partition partition)
    {
        partition.Open?.Close();
        partition.Open?.Dispose();
        partition.Open = null;
    }

    private static string DayName(int day) =>
        DateTime.UnixEpoch.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed class Partition(int day, RowBuffer buffer)
    {
        public int Day { get; } = day;
        public RowBuffer Buffer { get; } = buffer;
        public ParquetPart? Open { get; set; }
        public int Parts { get; set; }
        public long Rows { get; set; }
        public long Used { get; set; }
    }
}
