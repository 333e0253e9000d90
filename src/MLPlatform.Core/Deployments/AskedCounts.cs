using System.Text.Json;

namespace MLPlatform.Core.Deployments;

/// <summary>
/// What one server was asked for a deployment, by minute and version: counts that another server adds to its
/// <see cref="ServingWindow"/>. Impressions are not among them; they go there one by one. Not for use from two threads at once.
/// </summary>
public sealed class AskedCounts
{
    private readonly Dictionary<(long Minute, int Version), ServingCell> _cells = [];

    /// <summary>Whether nothing was counted.</summary>
    public bool IsEmpty => _cells.Count == 0;

    internal IEnumerable<KeyValuePair<(long Minute, int Version), ServingCell>> Cells => _cells;

    /// <summary>Counts a request, whether it failed, and how long scoring took.</summary>
    public void Ask(int version, DateTimeOffset at, bool failed, TimeSpan took) => CellOf(at, version).Ask(failed, took);

    /// <summary>Counts the values that a version was asked about, by the bins of <see cref="ColumnBins"/>.</summary>
    public void Read(int version, DateTimeOffset at, string column, ReadOnlySpan<byte> bins) => CellOf(at, version).Read(column, bins);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(_cells.Select(c => new Cell(c.Key.Minute, c.Key.Version, c.Value.AskedParts())));

    /// <exception cref="JsonException">These are no counts.</exception>
    public static AskedCounts FromBytes(ReadOnlySpan<byte> bytes)
    {
        AskedCounts counts = new();
        foreach (Cell cell in JsonSerializer.Deserialize<List<Cell>>(bytes) ?? [])
            counts._cells[(cell.Minute, cell.Version)] = ServingCell.OfAsked(cell.Asked);
        return counts;
    }

    private ServingCell CellOf(DateTimeOffset at, int version)
    {
        (long, int) key = (at.UtcTicks / TimeSpan.TicksPerMinute, version);
        if (!_cells.TryGetValue(key, out ServingCell? cell))
            _cells[key] = cell = new ServingCell();
        return cell;
    }

    private sealed record Cell(long Minute, int Version, AskedParts Asked);
}

/// <summary>What a cell counts of requests; bins that hold nothing are left out.</summary>
internal sealed record AskedParts(long Requests, long Errors, Dictionary<int, int> Times, Dictionary<string, Dictionary<int, int>> Columns);
