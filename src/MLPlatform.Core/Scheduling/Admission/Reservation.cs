namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>Capacity held for a person from one instant to another, whether they come or not.</summary>
/// <param name="Gang">What is held.</param>
public sealed record Reservation(Guid Id, string Group, string Person, string Pool, Gang Gang, DateTimeOffset From, DateTimeOffset Until)
{
    /// <summary>How the scheduler counts it until its work comes.</summary>
    internal WorkId Work => new(Id, Holder);

    /// <summary>The number by which the scheduler knows who holds a reservation.</summary>
    internal const int Holder = -1;
}

/// <summary>What became of asking for a reservation.</summary>
public abstract record ReservationResult
{
    private ReservationResult()
    {
    }

    /// <summary>It is held; work that names it takes these places.</summary>
    public sealed record Granted(IReadOnlyList<MemberPlace> Places) : ReservationResult;

    /// <summary>It cannot be held, and why.</summary>
    public sealed record Refused(WaitReason Why) : ReservationResult;
}
