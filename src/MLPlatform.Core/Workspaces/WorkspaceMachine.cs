using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Workspaces;

/// <summary>Something that happened to a workspace.</summary>
public abstract record WorkspaceEvent(DateTimeOffset At)
{
    /// <summary>Somebody wants a session, under this run.</summary>
    public sealed record Restored(RunId Session, DateTimeOffset At) : WorkspaceEvent(At);

    /// <summary>Somebody wants the session to end.</summary>
    public sealed record StopAsked(string By, DateTimeOffset At) : WorkspaceEvent(At);

    /// <summary>The notebook server answered a look.</summary>
    public sealed record Seen(RunId Session, SessionActivity Activity, IdleRules Rules, DateTimeOffset At) : WorkspaceEvent(At);

    /// <summary>The run of a session has ended.</summary>
    public sealed record RunEnded(RunId Session, RunStatus How, string? Because, DateTimeOffset At) : WorkspaceEvent(At);
}

/// <summary>What an event makes of a state.</summary>
public abstract record WorkspaceTransition
{
    private WorkspaceTransition() { }

    public sealed record Moved(WorkspaceState Next) : WorkspaceTransition;

    /// <summary>Old news, or nothing worth writing down.</summary>
    public sealed record Ignored(string Why) : WorkspaceTransition;

    /// <summary>The state does not allow it.</summary>
    public sealed record Refused(string Why) : WorkspaceTransition;
}

/// <summary>The one place where states of workspaces change; docs/states/workspace.md draws it.</summary>
public static class WorkspaceMachine
{
    // Use that is seen is written down in steps of this part of the limit: a look every few seconds need not be a row each.
    private const int Steps = 20;

    public static WorkspaceTransition Apply(WorkspaceState state, WorkspaceEvent happened) => (state, happened) switch
    {
        (WorkspaceState.Stopped, WorkspaceEvent.Restored e) => Move(new WorkspaceState.Starting(e.Session, e.At)),
        (WorkspaceState.Closing, WorkspaceEvent.Restored) => new WorkspaceTransition.Refused("its session is being closed; try again in a moment"),
        (_, WorkspaceEvent.Restored) => new WorkspaceTransition.Ignored("a session runs already"),

        (WorkspaceState.Stopped, WorkspaceEvent.StopAsked) => new WorkspaceTransition.Refused("no session runs"),
        (WorkspaceState.Closing, WorkspaceEvent.StopAsked) => new WorkspaceTransition.Ignored("its session is being closed already"),
        (_, WorkspaceEvent.StopAsked e) => Move(new WorkspaceState.Closing(state.Run, SessionEnd.Requested, $"stopped by {e.By}", e.At)),

        // News of an earlier session come late.
        (_, WorkspaceEvent.Seen e) when e.Session != state.Run => new WorkspaceTransition.Ignored("an earlier session"),
        (_, WorkspaceEvent.RunEnded e) when e.Session != state.Run => new WorkspaceTransition.Ignored("an earlier session"),

        (WorkspaceState.Starting, WorkspaceEvent.Seen e) => Move(new WorkspaceState.Ready(e.Session, e.At, e.At, "it started")),
        (WorkspaceState.Ready s, WorkspaceEvent.Seen e) => Judged(s, s.ActiveAt, IdlePolicy.Judge(e.Rules, e.Activity, s.ActiveAt, s.ActiveBy, null, e.At), e),
        (WorkspaceState.Warned s, WorkspaceEvent.Seen e) =>
            Judged(s, s.ActiveAt, IdlePolicy.Judge(e.Rules, e.Activity, s.ActiveAt, s.ActiveBy, s.ReclaimAt - (e.Rules.Limit - e.Rules.WarnAfter), e.At), e),

        (WorkspaceState.Stopped, WorkspaceEvent.RunEnded) => new WorkspaceTransition.Ignored("it has stopped already"),
        (WorkspaceState.Closing s, WorkspaceEvent.RunEnded e) => Move(new WorkspaceState.Stopped(s.Session, s.End, s.Because, e.At)),
        (_, WorkspaceEvent.RunEnded e) => Move(new WorkspaceState.Stopped(e.Session, EndOf(e.How), e.Because ?? WordsOf(e.How), e.At)),
        _ => new WorkspaceTransition.Ignored("nothing to do"),
    };

    private static WorkspaceTransition Judged(WorkspaceState state, DateTimeOffset activeAt, IdleVerdict verdict, WorkspaceEvent.Seen e)
    {
        DateTimeOffset since = state is WorkspaceState.Ready ready ? ready.Since : ((WorkspaceState.Warned)state).Since;
        return verdict switch
        {
            IdleVerdict.Reclaim r => Move(new WorkspaceState.Closing(e.Session, SessionEnd.Idle, $"idle since {r.ActiveAt:u} (last used: {r.ActiveBy})", e.At)),
            IdleVerdict.Warn w when state is WorkspaceState.Warned { ReclaimAt: var known } && known == w.ReclaimAt => new WorkspaceTransition.Ignored("warned already"),
            IdleVerdict.Warn w => Move(new WorkspaceState.Warned(e.Session, since, w.ActiveAt, w.ActiveBy, w.ReclaimAt)),
            _ when state is WorkspaceState.Ready && verdict.ActiveAt - activeAt < e.Rules.Limit / Steps => new WorkspaceTransition.Ignored("in use"),
            _ => Move(new WorkspaceState.Ready(e.Session, since, verdict.ActiveAt, verdict.ActiveBy)),
        };
    }

    private static SessionEnd EndOf(RunStatus how) => how switch
    {
        RunStatus.Succeeded => SessionEnd.Exited,
        RunStatus.Cancelled => SessionEnd.Requested,
        _ => SessionEnd.Failed,
    };

    private static string WordsOf(RunStatus how) => how switch
    {
        RunStatus.Succeeded => "the notebook server was shut down",
        RunStatus.Cancelled => "its run was cancelled",
        _ => "its run failed",
    };

    private static WorkspaceTransition.Moved Move(WorkspaceState next) => new(next);
}
