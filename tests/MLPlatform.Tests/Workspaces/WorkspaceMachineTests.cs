using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using Xunit;

namespace MLPlatform.Tests.Workspaces;

public sealed class WorkspaceMachineTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);
    private static readonly RunId Run = new(Guid.Parse("00000000-0000-7000-8000-000000000001"));
    private static readonly RunId Later = new(Guid.Parse("00000000-0000-7000-8000-000000000002"));
    private static readonly IdleRules Rules = new(TimeSpan.FromMinutes(60), TimeSpan.FromMinutes(10), 0.05, 0.05);
    private static readonly SessionActivity Nothing = new([], [], 0, null, null, 0);

    [Fact]
    public void An_abandoned_session_is_warned_reclaimed_and_stopped_and_comes_back()
    {
        WorkspaceState state = new WorkspaceState.Starting(Run, Start);
        state = Moved(state, Seen(0));
        Assert.IsType<WorkspaceState.Ready>(state);
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(state, Seen(49)));
        state = Moved(state, Seen(50));
        Assert.Equal(Start.AddMinutes(60), Assert.IsType<WorkspaceState.Warned>(state).ReclaimAt);
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(state, Seen(59)));
        state = Moved(state, Seen(60));
        Assert.Equal(SessionEnd.Idle, Assert.IsType<WorkspaceState.Closing>(state).End);
        state = Moved(state, Ended(RunStatus.Cancelled));
        WorkspaceState.Stopped stopped = Assert.IsType<WorkspaceState.Stopped>(state);
        Assert.Equal(SessionEnd.Idle, stopped.End);
        Assert.Contains("idle since 2026-03-01 09:00:00Z", stopped.Because, StringComparison.Ordinal);
        Assert.Equal(new WorkspaceState.Starting(Later, Start.AddMinutes(90)), Moved(state, new WorkspaceEvent.Restored(Later, Start.AddMinutes(90))));
    }

    [Fact]
    public void Somebody_who_comes_back_after_the_warning_keeps_the_session()
    {
        WorkspaceState warned = Moved(new WorkspaceState.Ready(Run, Start, Start, "it started"), Seen(55));
        WorkspaceState ready = Moved(warned, Seen(58, Nothing with { Traffic = Start.AddMinutes(57) }));
        Assert.Equal(Start.AddMinutes(57), Assert.IsType<WorkspaceState.Ready>(ready).ActiveAt);
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(ready, Seen(70)));
    }

    [Fact]
    public void Use_is_written_down_in_steps_and_not_with_every_look()
    {
        WorkspaceState ready = new WorkspaceState.Ready(Run, Start, Start, "it started");
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(ready, Seen(2, Nothing with { Cores = 1 })));
        Assert.Equal(Start.AddMinutes(3), Assert.IsType<WorkspaceState.Ready>(Moved(ready, Seen(3, Nothing with { Cores = 1 }))).ActiveAt);
    }

    public static TheoryData<WorkspaceState> Live =>
    [
        new WorkspaceState.Starting(Run, Start), new WorkspaceState.Ready(Run, Start, Start, "x"), new WorkspaceState.Warned(Run, Start, Start, "x", Start.AddHours(1)),
        new WorkspaceState.Closing(Run, SessionEnd.Requested, "stopped by ann", Start),
    ];

    [Theory, MemberData(nameof(Live))]
    public void The_end_of_its_run_ends_every_session(WorkspaceState state)
    {
        WorkspaceState.Stopped stopped = Assert.IsType<WorkspaceState.Stopped>(Moved(state, Ended(RunStatus.Failed, "EXEC-001: exit code 1")));
        Assert.Equal(state is WorkspaceState.Closing ? SessionEnd.Requested : SessionEnd.Failed, stopped.End);
        Assert.Equal(state is WorkspaceState.Closing ? "stopped by ann" : "EXEC-001: exit code 1", stopped.Because);
    }

    [Theory, MemberData(nameof(Live))]
    public void News_of_an_earlier_session_change_nothing(WorkspaceState state)
    {
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(state, new WorkspaceEvent.RunEnded(Later, RunStatus.Failed, null, Start)));
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(state, new WorkspaceEvent.Seen(Later, Nothing, Rules, Start.AddDays(1))));
    }

    [Theory, MemberData(nameof(Live))]
    public void A_workspace_has_one_session(WorkspaceState state) =>
        Assert.IsNotType<WorkspaceTransition.Moved>(WorkspaceMachine.Apply(state, new WorkspaceEvent.Restored(Later, Start)));

    [Fact]
    public void A_stopped_workspace_is_told_so_and_ignores_late_news()
    {
        WorkspaceState stopped = new WorkspaceState.Stopped(Run, SessionEnd.Idle, "idle", Start);
        Assert.IsType<WorkspaceTransition.Refused>(WorkspaceMachine.Apply(stopped, new WorkspaceEvent.StopAsked("ann", Start)));
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(stopped, Ended(RunStatus.Cancelled)));
        Assert.IsType<WorkspaceTransition.Ignored>(WorkspaceMachine.Apply(stopped, Seen(1)));
    }

    private static WorkspaceState Moved(WorkspaceState state, WorkspaceEvent happened) => Assert.IsType<WorkspaceTransition.Moved>(WorkspaceMachine.Apply(state, happened)).Next;

    private static WorkspaceEvent.Seen Seen(int minutes, SessionActivity? activity = null) => new(Run, activity ?? Nothing, Rules, Start.AddMinutes(minutes));

    private static WorkspaceEvent.RunEnded Ended(RunStatus how, string? because = null) => new(Run, how, because, Start.AddMinutes(61));
}
