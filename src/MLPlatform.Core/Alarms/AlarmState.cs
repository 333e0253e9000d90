namespace MLPlatform.Core.Alarms;

/// <summary>Where an alarm is. Terminal: resolved.</summary>
public enum AlarmStatus
{
    /// <summary>Nobody has said that they look at it.</summary>
    Firing,

    /// <summary>Somebody looks at it; it is not escalated any more.</summary>
    Acknowledged,

    /// <summary>Its cause is gone, or a person said so.</summary>
    Resolved,
}

/// <summary>The states of an alarm; each holds what is true in it.</summary>
public abstract record AlarmState
{
    private AlarmState() { }

    public abstract AlarmStatus Status { get; }

    /// <summary>Whether others were told because nobody acknowledged it.</summary>
    public abstract bool Escalated { get; init; }

    public sealed record Firing(bool Escalated = false) : AlarmState
    {
        public override AlarmStatus Status => AlarmStatus.Firing;
    }

    public sealed record Acknowledged(string By, DateTimeOffset At, bool Escalated = false) : AlarmState
    {
        public override AlarmStatus Status => AlarmStatus.Acknowledged;
    }

    /// <param name="Because">Why it is over, in words.</param>
    /// <param name="By">The person who said so; null where it resolved by itself.</param>
    public sealed record Resolved(DateTimeOffset At, string Because, string? By = null, bool Escalated = false) : AlarmState
    {
        public override AlarmStatus Status => AlarmStatus.Resolved;
    }
}

/// <summary>What may happen to an alarm.</summary>
public abstract record AlarmHappening
{
    private AlarmHappening() { }

    public sealed record Acknowledge(string By, DateTimeOffset At) : AlarmHappening;

    public sealed record Escalate : AlarmHappening;

    public sealed record Resolve(DateTimeOffset At, string Because, string? By = null) : AlarmHappening;
}

/// <summary>What came of it.</summary>
public abstract record AlarmTransition
{
    private AlarmTransition() { }

    public sealed record Moved(AlarmState Next) : AlarmTransition;

    /// <summary>Late or repeated news.</summary>
    public sealed record Ignored(string Why) : AlarmTransition;
}

/// <summary>The one place where an alarm changes its state.</summary>
public static class AlarmMachine
{
    public static AlarmTransition Apply(AlarmState state, AlarmHappening happened) => (state, happened) switch
    {
        (AlarmState.Resolved, _) => new AlarmTransition.Ignored("it is resolved"),
        (_, AlarmHappening.Resolve e) => new AlarmTransition.Moved(new AlarmState.Resolved(e.At, e.Because, e.By, state.Escalated)),
        (AlarmState.Firing, AlarmHappening.Acknowledge e) => new AlarmTransition.Moved(new AlarmState.Acknowledged(e.By, e.At, state.Escalated)),
        (AlarmState.Firing { Escalated: false }, AlarmHappening.Escalate) => new AlarmTransition.Moved(new AlarmState.Firing(Escalated: true)),
        (AlarmState.Firing, AlarmHappening.Escalate) => new AlarmTransition.Ignored("it is escalated"),
        (AlarmState.Acknowledged by, _) => new AlarmTransition.Ignored($"{by.By} acknowledged it"),
        _ => throw new ArgumentException($"{happened.GetType().Name} is no happening that an alarm knows", nameof(happened)),
    };
}
