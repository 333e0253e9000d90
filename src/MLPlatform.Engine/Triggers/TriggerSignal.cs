using System.Threading.Channels;

namespace MLPlatform.Engine.Triggers;

/// <summary>Wakes the trigger loop: a pipeline was applied or paused, a webhook called, a backfill asked for, a run ended.</summary>
public sealed class TriggerSignal
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>From any thread, as often as one likes: signals that meet a loop at work are one more look.</summary>
    public void Set() => _signal.Writer.TryWrite(true);

    /// <summary>Returns when signalled or when the time is over.</summary>
    internal async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel)
    {
        using CancellationTokenSource over = new(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancel);
        try
        {
            await _signal.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The time is over: that is what was waited for.
        }
    }
}
