using System.Threading.Channels;

namespace MLPlatform.Engine.Alarms;

/// <summary>Wakes a loop of the alarms.</summary>
public abstract class AlarmBell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>From any thread, as often as one likes.</summary>
    public void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Returns when rung or when the time is over.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel)
    {
        using CancellationTokenSource over = new(longest > TimeSpan.Zero ? longest : TimeSpan.FromMilliseconds(1), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancel);
        try
        {
            await _rung.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The time is over: that is what was waited for.
        }
    }
}

/// <summary>Rung when something ended or changed that alarms may be about.</summary>
public sealed class AlarmLookBell : AlarmBell;

/// <summary>Rung when messages may have to go out.</summary>
public sealed class AlarmDeliveryBell : AlarmBell;
