using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Journal;

/// <summary>
/// Commits one group at a time. What the engine decides meanwhile becomes the next group, so groups grow with load and
/// a quiet engine commits at once.
/// </summary>
internal sealed partial class JournalWriter(IRunStore store, TimeProvider time, ILogger<JournalWriter> log)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private readonly Channel<CommitGroup> _groups = Channel.CreateBounded<CommitGroup>(1);
    private volatile TaskCompletionSource? _inFlight;
    private (int Generation, Exception Why)? _lost;

    /// <summary>A group is being committed.</summary>
    public bool IsBusy => _inFlight is not null;

    /// <summary>Commits and rows so far, as the benchmarks report them.</summary>
    public long Commits { get; private set; }
    public long Rows { get; private set; }

    /// <summary>Why the last try to commit failed, or null while all is well.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Completes when the group that is being committed, if any, is durable or lost.</summary>
    public Task WhenIdleAsync(CancellationToken cancel) => (_inFlight?.Task ?? Task.CompletedTask).WaitAsync(cancel);

    /// <summary>Hands a group over; only when not busy.</summary>
    public void Write(CommitGroup group)
    {
        _inFlight = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_groups.Writer.TryWrite(group))
            throw new InvalidOperationException("a group is being committed already");
    }

    /// <summary>Commits groups until told to stop.</summary>
    /// <param name="lease">Gives the lease to commit under.</param>
    /// <param name="done">Called after each group that is durable.</param>
    /// <param name="lost">Called for a group that was refused because the replica was fenced, or another moved one of its runs.</param>
    public async Task RunAsync(Func<ReplicaLease> lease, Action<CommitGroup> done, Action<CommitGroup, Exception> lost, CancellationToken cancel)
    {
        await foreach (CommitGroup group in _groups.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
        {
            foreach ((RunId run, long sequence, List<RunEvent> events) in group.Entries)
                group.Batch.Journal.Add(new JournalEntry(run, sequence, EventCodec.Encode(events)));
            // What was decided on top of a lost group is lost with it, also what was handed over before the engine knew.
            Exception? fenced = _lost is { } earlier && group.Generation <= earlier.Generation
                ? earlier.Why
                : await CommitAsync(group, lease, cancel).ConfigureAwait(false);
            if (fenced is not null)
                _lost = (group.Generation, fenced);
            TaskCompletionSource? written = _inFlight;
            _inFlight = null;
            if (fenced is null)
                done(group);
            else
                lost(group, fenced);
            written?.SetResult();
        }
    }

    private async Task<Exception?> CommitAsync(CommitGroup group, Func<ReplicaLease> lease, CancellationToken cancel)
    {
        JournalConflictException? conflict = null;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                // A commit whose answer was lost may have happened: writing it again would be refused for ever.
                bool written = attempt > 1 && await IsCommittedAsync(group, cancel).ConfigureAwait(false);
                if (!written && conflict is not null)
                    return conflict;
                if (!written)
                    await store.CommitAsync(lease(), group.Batch, cancel).ConfigureAwait(false);
                Commits++;
                Rows += group.Batch.RowCount;
                Trouble = null;
                return null;
            }
            catch (LeaseLostException lost)
            {
                return lost;
            }
            catch (JournalConflictException found)
            {
                conflict = found; // Its own entry, whose answer was lost, or another replica's: the next round finds out.
            }
            catch (Exception error) when (!cancel.IsCancellationRequested && !IsBug(error))
            {
                Trouble = error.Message;
                TimeSpan pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 50 * Math.Pow(2, Math.Min(attempt, 20))));
                LogRetry(log, error, attempt, pause);
                await Task.Delay(pause, time, cancel).ConfigureAwait(false);
            }
        }
    }

    // What the database or the disk refuses today it may take tomorrow; what a group cannot be written as, it never can.
    private static bool IsBug(Exception error) => error is NullReferenceException or InvalidCastException or ArgumentException
        or IndexOutOfRangeException or KeyNotFoundException or NotSupportedException or FormatException or OverflowException or JsonException;

    private async Task<bool> IsCommittedAsync(CommitGroup group, CancellationToken cancel)
    {
        if (group.Batch.Journal is not [JournalEntry first, ..])
            return false;
        await foreach (JournalEntry entry in store.ReadJournalAsync(first.Run, cancel).ConfigureAwait(false))
        {
            if (entry.Sequence == first.Sequence)
                return entry.Payload.Span.SequenceEqual(first.Payload.Span);
        }
        return false;
    }

    [LoggerMessage(1101, LogLevel.Error, "ENG-010 The journal could not be written (try {Attempt}); nothing is acknowledged until it can. Next try in {Pause}. Look at the disk's free space and at the database")]
    private static partial void LogRetry(ILogger logger, Exception error, int attempt, TimeSpan pause);
}
