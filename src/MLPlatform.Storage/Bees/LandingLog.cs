using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Bees;

/// <summary>
/// One source's log: batches in the order they came, in segments that are only ever written at their end. One writer takes
/// whatever waits, writes it at once and syncs it once, and only then answers. How far a channel is follows from the kept
/// batches, so a position and its data become durable together.
/// </summary>
public sealed partial class LandingLog : IAsyncDisposable
{
    private readonly Channel<LandingWork> _queue = Channel.CreateBounded<LandingWork>(new BoundedChannelOptions(4096) { SingleReader = true });
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly BatchWriter _trimmer = new();
    private readonly LandingFolder _folder;
    private readonly LandingIndex _index;
    private readonly List<Segment> _sealed;
    private readonly BeesOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Task _writing;
    private volatile LogPicture _picture;
    private SafeFileHandle? _file;
    private Segment _active;

    private LandingLog(string source, LandingFolder folder, OpenedLog opened, BeesOptions options, TimeProvider time, ILogger log)
    {
        (Source, _folder, _options, _time, _log) = (source, folder, options, time, log);
        (_index, _sealed, _active) = (opened.Index, opened.Sealed, opened.Active);
        _picture = Picture();
        _writing = Task.Run(WriteAsync);
    }

    public string Source { get; }

    /// <summary>How things stand after the last sync.</summary>
    public LogPicture Now => _picture;

    /// <summary>Opens the log in its folder, made if it is not there.</summary>
    /// <exception cref="ActivityException">BEES-059: a kept batch is damaged.</exception>
    public static LandingLog Open(string folder, string source, BeesOptions options, TimeProvider time, ILogger log)
    {
        LandingFolder files = new(folder);
        OpenedLog opened = files.Open();
        if (opened.Dropped > 0)
            LogTorn(log, source, opened.Dropped, files.FileOf(opened.Active.Number));
        return new LandingLog(source, files, opened, options, time, log);
    }

    /// <summary>Where a segment's file is.</summary>
    public string FileOf(Segment segment) => _folder.FileOf(segment.Number);

    /// <summary>Keeps batches; when the task ends what it says is durable.</summary>
    /// <exception cref="ActivityException">BEES-057: the disk is full; BEES-058: it cannot be written. Nothing of it was kept.</exception>
    public Task<IReadOnlyList<BatchAnswer>> AppendAsync(IReadOnlyList<Batch> batches, CancellationToken cancel) => AppendAsync(_ => batches, null, cancel);

    /// <summary>As above, with batches made when their turn comes.</summary>
    public async Task<IReadOnlyList<BatchAnswer>> AppendAsync(Func<LandingIndex, IReadOnlyList<Batch>> make, Action? undo, CancellationToken cancel)
    {
        LandingWork.Append work = new(make, undo);
        await _queue.Writer.WriteAsync(work, cancel);
        return await work.Done.Task.WaitAsync(cancel); // Giving up waiting does not take it back.
    }

    /// <summary>How far channels are.</summary>
    public async Task<IReadOnlyList<ChannelState>> ChannelsAsync(Func<ChannelState, bool> wanted, CancellationToken cancel)
    {
        LandingWork.List work = new(wanted);
        await _queue.Writer.WriteAsync(work, cancel);
        return await work.Done.Task.WaitAsync(cancel);
    }

    /// <summary>Closes the segment being written, where it holds anything. Returns all closed segments.</summary>
    public async Task<IReadOnlyList<Segment>> SealAsync(CancellationToken cancel)
    {
        LandingWork.Seal work = new();
        await _queue.Writer.WriteAsync(work, cancel);
        return await work.Done.Task.WaitAsync(cancel);
    }

    /// <summary>Removes closed segments from the oldest on, as long as they are past their time. Returns how many.</summary>
    public async Task<int> ExpireAsync(Func<Segment, long, bool> past, DateTimeOffset forget, CancellationToken cancel)
    {
        LandingWork.Expire work = new(past, forget);
        await _queue.Writer.WriteAsync(work, cancel);
        return await work.Done.Task.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
        _file?.Dispose();
    }

    private async Task WriteAsync()
    {
        List<LandingWork.Append> group = [];
        while (await _queue.Reader.WaitToReadAsync())
        {
            LandingWork? other = null;
            group.Clear();
            _buffer.ResetWrittenCount();
            Group pending = new(_active);
            // 1. Take what waits, and decide on each batch as if those before it were durable.
            while (other is null && _buffer.WrittenCount < _options.GroupBytes && _queue.Reader.TryRead(out LandingWork? work))
            {
                if (work is LandingWork.Append append)
                {
                    group.Add(append);
                    Gather(append, pending);
                }
                else
                    other = work;
            }
            // 2. Make it durable, or take it all back. 3. Answer.
            if (group.Count > 0)
                Finish(group, pending);
            Do(other);
        }
    }

    private void Gather(LandingWork.Append work, Group pending)
    {
        try
        {
            foreach (Batch batch in work.Make(_index))
                work.Answers.Add(Gather(batch, pending));
        }
        catch (Exception e)
        {
            work.Done.SetException(e); // What it had gathered is written: sent again, it will be a duplicate.
        }
    }

    private BatchAnswer Gather(Batch batch, Group pending)
    {
        BatchHeader header = batch.Header;
        switch (_index.Decide(header))
        {
            case LandingDecision.Duplicate known:
                return new BatchAnswer(Source, header.Channel, BatchOutcome.Duplicate, known.Durable);
            case LandingDecision.Hole hole:
                return new BatchAnswer(Source, header.Channel, BatchOutcome.Hole, hole.Durable, "BEES-054",
                    $"the batch begins at {header.From}, but everything is durable only before {hole.Durable}, and what lies between was not declared lost");
            case LandingDecision.Append append:
                int before = _buffer.WrittenCount;
                Batch kept = batch with { Header = header with { From = append.From, ArrivedAt = _time.GetUtcNow() } };
                if (append.From > header.From)
                    kept = Trimmed(batch, kept.Header with { LostBytes = 0, LostBecause = null });
                BatchWriter.WriteTo(_buffer, kept.Header, kept.RecordBytes.Span, kept.Count);
                pending.Undo.Push((header.Channel, _index.Apply(kept.Header)));
                pending.Active = pending.Active.With(kept, _buffer.WrittenCount - before);
                return new BatchAnswer(Source, header.Channel, BatchOutcome.Stored, header.To);
            default:
                throw new InvalidOperationException("a batch has no such fate");
        }
    }

    private Batch Trimmed(Batch batch, BatchHeader header)
    {
        _trimmer.Start(header.From);
        foreach (BatchRecord record in batch.Records)
        {
            if (record.Position >= header.From)
                _trimmer.Add(record.Position, record.Bytes);
        }
        return new Batch(header, _trimmer.RecordBytes.ToArray(), _trimmer.Count);
    }

    private void Finish(List<LandingWork.Append> group, Group pending)
    {
        try
        {
            if (_buffer.WrittenCount > 0)
                Write(_buffer.WrittenMemory.Span);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            while (pending.Undo.TryPop(out (string Channel, ChannelState? Before) change))
                _index.Restore(change.Channel, change.Before);
            TakeBack();
            LogRefused(_log, Source, e);
            foreach (LandingWork.Append work in group)
            {
                work.Undo?.Invoke();
                work.Done.TrySetException(Refusal(e));
            }
            return;
        }
        _active = pending.Active;
        _picture = Picture();
        foreach (LandingWork.Append work in group)
            work.Done.TrySetResult(work.Answers);
        if (_active.Bytes >= _options.SegmentBytes)
            TryRoll();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_file is null)
        {
            string path = _folder.FileOf(_active.Number);
            bool isNew = !File.Exists(path);
            _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            RandomAccess.SetLength(_file, _active.Bytes); // Whatever a failed write left.
            if (isNew)
                Posix.SyncFolder(_folder.Path);
        }
        RandomAccess.Write(_file, bytes, _active.Bytes);
        RandomAccess.FlushToDisk(_file);
    }

    // The bytes of a failed write are cut off when the file is opened again; after a failed sync nothing else can be trusted.
    private void TakeBack()
    {
        _file?.Dispose();
        _file = null;
    }

    private ActivityException Refusal(Exception e) => e is IOException { HResult: Posix.NoSpace or Posix.QuotaExceeded or Posix.FileTooLarge }
        ? new ActivityException("BEES-057", $"The disk is full: what arrived for the source '{Source}' could not be kept below '{_folder.Path}'. "
            + "Nothing was acknowledged. Free space there; senders try again by themselves.", FailureKind.Resource, e)
        : new ActivityException("BEES-058", $"What arrived for the source '{Source}' could not be kept below '{_folder.Path}': {e.Message}. "
            + "Nothing was acknowledged.", FailureKind.Infrastructure, e);

    /// <summary>What one sync is to make durable.</summary>
    private sealed class Group(Segment active)
    {
        public Segment Active { get; set; } = active;
        public Stack<(string Channel, ChannelState? Before)> Undo { get; } = [];
    }

    [LoggerMessage(6001, LogLevel.Warning, "The log of {Source} ended in {Bytes} bytes of an unfinished batch, which were taken off {File}")]
    private static partial void LogTorn(ILogger log, string source, long bytes, string file);

    [LoggerMessage(6002, LogLevel.Error, "What arrived for {Source} could not be kept")]
    private static partial void LogRefused(ILogger log, string source, Exception error);
}
