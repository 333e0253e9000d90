using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>Rows of one run that were just committed.</summary>
public sealed record RunChange(RunId Run, RunRow? Row, IReadOnlyList<ActivityRow> Activities, IReadOnlyList<AttemptRow> Attempts);

/// <summary>Tells what was committed, as it is committed. Only this replica's runs.</summary>
public sealed class RunFeed
{
    private const int Backlog = 4096;
    private readonly ConcurrentDictionary<object, (RunId? Run, Channel<RunChange> Changes)> _readers = new();

    /// <summary>
    /// Changes of one run, or of all runs where null, from now on. A reader that falls too far behind is ended and should
    /// read the rows again.
    /// </summary>
    public IAsyncEnumerable<RunChange> SubscribeAsync(RunId? run, CancellationToken cancel)
    {
        // Registered before the first read, so that nothing between the call and the read is missed.
        object key = new();
        Channel<RunChange> changes = Channel.CreateBounded<RunChange>(new BoundedChannelOptions(Backlog) { SingleReader = true });
        _readers[key] = (run, changes);
        return ReadAsync(key, changes, cancel);
    }

    internal void Publish(RunChange change)
    {
        foreach ((object key, (RunId? run, Channel<RunChange> changes)) in _readers)
        {
            if (run is { } wanted && wanted != change.Run)
                continue;
            if (!changes.Writer.TryWrite(change) && _readers.TryRemove(key, out _))
                changes.Writer.TryComplete();
        }
    }

    private async IAsyncEnumerable<RunChange> ReadAsync(
        object key, Channel<RunChange> changes, [EnumeratorCancellation] CancellationToken cancel)
    {
        try
        {
            await foreach (RunChange change in changes.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
                yield return change;
        }
        finally
        {
            _readers.TryRemove(key, out _);
        }
    }
}
