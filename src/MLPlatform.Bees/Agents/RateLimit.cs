namespace MLPlatform.Bees.Agents;

/// <summary>So many bytes a second, a second's worth at once. What was taken too much is waited for.</summary>
internal sealed class RateLimit(double? bytesPerSecond, TimeProvider time)
{
    private double _allowed = bytesPerSecond ?? 0;
    private long _at = time.GetTimestamp();

    /// <summary>How long nothing may be taken; zero where something may.</summary>
    public TimeSpan Wait()
    {
        if (bytesPerSecond is not { } rate)
            return TimeSpan.Zero;
        long now = time.GetTimestamp();
        _allowed = Math.Min(rate, _allowed + rate * time.GetElapsedTime(_at, now).TotalSeconds);
        _at = now;
        return _allowed > 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _allowed) / rate);
    }

    public void Take(long bytes)
    {
        if (bytesPerSecond is not null)
            _allowed -= bytes;
    }
}
