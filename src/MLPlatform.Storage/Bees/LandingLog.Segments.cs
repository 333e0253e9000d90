using Microsoft.Extensions.Logging;
using MLPlatform.Core.Bees;

namespace MLPlatform.Storage.Bees;

/// <summary>How a log stands.</summary>
/// <param name="Segments">Closed segments, oldest first.</param>
/// <param name="Active">The segment being written.</param>
public sealed record LogPicture(IReadOnlyList<Segment> Segments, Segment Active)
{
    public long Bytes => Segments.Sum(s => s.Bytes) + Active.Bytes;
    public long Records => Segments.Sum(s => s.Records) + Active.Records;

    /// <summary>When the last batch came, or null.</summary>
    public DateTimeOffset? LastArrival => Active.Batches > 0 ? Active.LastArrival : Segments.Count > 0 ? Segments[^1].LastArrival : null;
}

public sealed partial class LandingLog
{
    /// <summary>The batches of a closed segment, in order.</summary>
    public IReadOnlyList<Batch> Read(Segment segment)
    {
        List<Batch> batches = [];
        SegmentScan.Read(FileOf(segment), (batch, _) => batches.Add(batch), segment.Bytes);
        return batches;
    }

    /// <summary>The wanted batches of each segment, from the youngest segment back.</summary>
    public IEnumerable<IReadOnlyList<Batch>> ReadBack(Func<Batch, bool> wanted)
    {
        LogPicture now = _picture;
        foreach (Segment segment in now.Segments.Append(now.Active).Where(s => s.Bytes > 0).Reverse())
        {
            List<Batch> found = [];
            SegmentScan.Read(FileOf(segment), (batch, _) =>
            {
                if (wanted(batch))
                    found.Add(batch);
            }, segment.Bytes);
            yield return found;
        }
    }

    private void Do(LandingWork? work)
    {
        try
        {
            switch (work)
            {
                case LandingWork.Seal seal:
                    if (_active.Bytes > 0)
                        Roll();
                    seal.Done.SetResult([.. _sealed]);
                    break;
                case LandingWork.Expire expire:
                    expire.Done.SetResult(Expire(expire));
                    break;
                case LandingWork.List list:
                    list.Done.SetResult([.. _index.Channels.Values.Where(c => list.Wanted(c))]);
                    break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (work as LandingWork.Seal)?.Done.SetException(Refusal(e));
            (work as LandingWork.Expire)?.Done.SetException(Refusal(e));
        }
    }

    // Only convenience is lost where it fails: the next start reads one more segment.
    private void TryRoll()
    {
        try
        {
            Roll();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogNotClosed(_log, Source, _active.Number, e);
        }
    }

    private void Roll()
    {
        _folder.WriteSnapshot(new IndexSnapshot(_active.Number, [.. _sealed, _active], [.. _index.Channels.Values]));
        _file?.Dispose();
        _file = null;
        _sealed.Add(_active);
        _active = Segment.Empty(_active.Number + 1);
        _picture = Picture();
    }

    private int Expire(LandingWork.Expire work)
    {
        long bytes = _active.Bytes + _sealed.Sum(s => s.Bytes);
        List<Segment> past = [];
        foreach (Segment segment in _sealed)
        {
            if (!work.Past(segment, bytes))
                break;
            past.Add(segment);
            bytes -= segment.Bytes;
        }
        _index.Forget(work.Forget);
        if (past.Count == 0)
            return 0;
        // A snapshot covers closed segments alone. The decision first, then the files: a start in between finishes what is left.
        if (_active.Bytes > 0)
            Roll();
        _sealed.RemoveRange(0, past.Count);
        _folder.WriteSnapshot(new IndexSnapshot(_active.Number - 1, [.. _sealed], [.. _index.Channels.Values]));
        past.ForEach(s => File.Delete(_folder.FileOf(s.Number)));
        _picture = Picture();
        return past.Count;
    }

    private LogPicture Picture() => new([.. _sealed], _active);

    [LoggerMessage(6003, LogLevel.Warning, "Segment {Segment} of {Source} could not be closed; it goes on growing")]
    private static partial void LogNotClosed(ILogger log, string source, long segment, Exception error);
}
