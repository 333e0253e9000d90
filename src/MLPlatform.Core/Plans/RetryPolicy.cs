using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Plans;

/// <summary>How the pause between tries grows.</summary>
public enum Backoff
{
    Fixed,
    Exponential,
}

/// <summary>How often and when an attempt is tried again. Retries are counted per failure kind.</summary>
public sealed record RetryPolicy
{
    /// <summary>Tries in all for failures of kind user, timeout and resource, except those that are final. Default: 1, no retry.</summary>
    public int MaxAttempts { get; init; } = 1;

    /// <summary>Tries in all for infrastructure failures, which are nobody's fault. Default: 5.</summary>
    public int MaxInfrastructureAttempts { get; init; } = 5;

    public Backoff Backoff { get; init; } = Backoff.Exponential;

    /// <summary>Pause before the second try. Default: 10 seconds.</summary>
    public TimeSpan InitialDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest pause. Default: 5 minutes.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Spreads pauses over half to one and a half times their length. Default: true.</summary>
    public bool Jitter { get; init; } = true;

    /// <summary>
    /// The pause before the next try, or null when there is none left.
    /// </summary>
    /// <param name="kind">Why the last attempt failed.</param>
    /// <param name="failuresOfKind">Failures of that kind so far, the last one included.</param>
    /// <param name="attempt">The attempt that failed; its id seeds the jitter, so a replay gives the same pause.</param>
    public TimeSpan? NextDelay(FailureKind kind, int failuresOfKind, AttemptId attempt)
    {
        int limit = kind switch
        {
            FailureKind.Cancelled => 0,
            FailureKind.Infrastructure => Math.Max(MaxAttempts, MaxInfrastructureAttempts),
            _ => MaxAttempts,
        };
        if (failuresOfKind >= limit)
            return null;
        double factor = Backoff == Backoff.Exponential ? Math.Pow(2, Math.Min(failuresOfKind - 1, 40)) : 1;
        double seconds = Math.Min(InitialDelay.TotalSeconds * factor, MaxDelay.TotalSeconds);
        if (Jitter)
            seconds *= 0.5 + Fraction(attempt);
        return TimeSpan.FromSeconds(Math.Min(seconds, MaxDelay.TotalSeconds));
    }

    // splitmix64 over the id: equal ids give equal pauses on every replica and every replay.
    private static double Fraction(AttemptId attempt)
    {
        Span<byte> bytes = stackalloc byte[16];
        attempt.Run.Value.TryWriteBytes(bytes);
        ulong x = BitConverter.ToUInt64(bytes) ^ BitConverter.ToUInt64(bytes[8..])
            ^ ((ulong)(uint)attempt.Node << 32) ^ (uint)attempt.Number;
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return ((x ^ (x >> 31)) >> 11) / (double)(1UL << 53);
    }
}
