using System.Buffers;
using System.Text;
using MLPlatform.Core.Runs;

namespace MLPlatform.Executors.Process;

/// <summary>
/// Reads <c>metrics.jsonl</c> while it grows: each look takes the whole lines that are new, and only so many of them, so that
/// a script that writes without measure costs a little now and the rest at its end.
/// </summary>
/// <param name="most">Most points in all; past them no more is read.</param>
internal sealed class MetricsTail(string path, int most)
{
    /// <summary>Most bytes of one look; a longer line is no metric.</summary>
    internal const int Piece = 256 << 10;

    /// <summary>Most points of one look.</summary>
    internal const int PointsOfALook = 2000;

    private long _offset;
    private int _count;
    private int _thrown;
    private bool _inLongLine;
    private volatile bool _anew;

    /// <summary>Whoever listened has forgotten what was told: the next look begins at the start.</summary>
    public void BeginAnew() => _anew = true;

    /// <summary>The points that came since the last look, and how many were told before them.</summary>
    /// <param name="at">The time of a point that tells none.</param>
    public (int First, IReadOnlyList<MetricPoint> Points) Next(DateTimeOffset at)
    {
        long length = new FileInfo(path) is { Exists: true } known ? known.Length : 0;
        if (_anew || length < _offset) // Shorter than before: the script wrote it anew.
            (_anew, _offset, _count, _thrown, _inLongLine) = (false, 0, 0, 0, false);
        if (length == _offset || _count >= most)
            return (_count, []);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            int first = _count;
            return (first, Take(buffer.AsSpan(0, RandomAccess.Read(file.SafeFileHandle, buffer.AsSpan(0, Piece), _offset)), at));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private List<MetricPoint> Take(ReadOnlySpan<byte> rest, DateTimeOffset at)
    {
        List<MetricPoint> points = [];
        bool full = rest.Length == Piece;
        bool none = true;
        while (points.Count < PointsOfALook && _count < most && rest.IndexOf((byte)'\n') is >= 0 and int end)
        {
            if (!_inLongLine && MetricsFile.TryParse(Encoding.UTF8.GetString(rest[..end]).TrimStart('\uFEFF').AsMemory(), at, ref _thrown, out MetricPoint point))
            {
                points.Add(point);
                _count++;
            }
            _inLongLine = none = false;
            _offset += end + 1;
            rest = rest[(end + 1)..];
        }
        if (none && full)
        {
            _inLongLine = true;
            _offset += rest.Length;
        }
        return points;
    }
}
