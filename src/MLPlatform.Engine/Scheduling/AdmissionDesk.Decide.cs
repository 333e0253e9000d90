using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Engine.Scheduling;

/// <summary>What was decided, as the engine carries it out.</summary>
/// <param name="Starts">What starts, with what it is to hold; its attempt's number is the engine's to say.</param>
/// <param name="Stops">What has to stop, for whom and why.</param>
internal sealed record Decision(IReadOnlyList<(Waiting Asked, Allocation Holds)> Starts, IReadOnlyList<(WorkId Victim, string Why)> Stops)
{
    public static Decision Nothing { get; } = new([], []);
}

// Asking the scheduler.
internal sealed partial class AdmissionDesk
{
    /// <summary>Decides by what is known now. What starts does not wait any more and holds its place.</summary>
    /// <param name="number">Gives the number of the attempt that a node would start.</param>
    public Decision Decide(DateTimeOffset now, Func<Waiting, int> number)
    {
        PutLateFirst(now);
        AdmissionPlan plan = _scheduler.Decide(now);
        _isDirty = false;
        LookAgain = Earlier(plan.LookAgain, LateAgain);
        if (plan.Admissions.Count == 0 && plan.Preemptions.Count == 0)
            return Decision.Nothing;
        List<(Waiting, Allocation)> starts = new(plan.Admissions.Count);
        foreach (Admitted admitted in plan.Admissions)
        {
            if (!_waiting.Remove(admitted.Work.Id, out Waiting? asked))
                throw new InvalidOperationException($"{admitted.Work.Id} was admitted and did not wait");
            MemberPlace place = admitted.Places[0];
            Allocation holds = Allot(asked, new AttemptId(asked.Run, asked.Node, number(asked)), admitted.Pool,
                place.Node == NodeName(_self.Replica, _self.Name) ? _self.Name : place.Node, place.Devices, IsMetered && admitted.Borrowed, now);
            _held.Add(asked.Id, (asked, holds));
            starts.Add((asked, holds));
        }
        return new Decision(starts, [.. plan.Preemptions.Select(p => (p.Victim, WhyOf(p)))]);
    }

    /// <summary>What was decided did not become durable: it waits again.</summary>
    public void TakeBack(Decision decision)
    {
        foreach ((Waiting asked, _) in decision.Starts)
        {
            if (Release(asked.Run, asked.Node) is not null)
                Add(asked);
        }
    }

    private string WhyOf(Preemption preemption) => $"gave its place to {NameOf(preemption.For)}: {preemption.Why}";

    private string NameOf(WorkId work)
    {
        return _held.TryGetValue(work, out (Waiting Asked, Allocation) held) ? Name(held.Asked) : _waiting.TryGetValue(work, out Waiting? waiting) ? Name(waiting) : work.ToString();

        static string Name(Waiting w) => $"{w.Pipeline}{(w.Group.Length > 0 ? $" of group {w.Group}" : "")} (run {w.Run})";
    }
}
