namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>What was decided; the scheduler counts all of it as done.</summary>
/// <param name="Admissions">What starts, in this order.</param>
/// <param name="Preemptions">What has to stop. It holds its place until <see cref="Scheduler.Ended"/> is told of it.</param>
/// <param name="Broken">Gangs that lost members and whose node did not come back in time: to be ended, and queued again whole.</param>
/// <param name="LookAgain">When to decide again though nothing happens; null: never.</param>
public sealed record AdmissionPlan(
    IReadOnlyList<Admitted> Admissions, IReadOnlyList<Preemption> Preemptions, IReadOnlyList<WorkId> Broken, DateTimeOffset? LookAgain)
{
    public static AdmissionPlan Nothing { get; } = new([], [], [], null);
}

/// <summary>Work that starts.</summary>
/// <param name="Pool">The pool that took it: its own, or one that it may overflow to.</param>
/// <param name="Places">A place for each member, role after role.</param>
/// <param name="Borrowed">Whether it uses more than the group's nominal quota, and may have to give it back.</param>
public sealed record Admitted(Work Work, string Pool, IReadOnlyList<MemberPlace> Places, bool Borrowed);

/// <summary>Work that has to stop in favour of other work, whose places are kept for it until then.</summary>
/// <param name="For">Who gets the place.</param>
/// <param name="Why">In a person's words.</param>
/// <param name="StopBy">The end of the grace in which it may write a checkpoint.</param>
/// <param name="Places">Where the other work is going to run.</param>
public sealed record Preemption(WorkId Victim, WorkId For, string Why, DateTimeOffset StopBy, IReadOnlyList<MemberPlace> Places);
