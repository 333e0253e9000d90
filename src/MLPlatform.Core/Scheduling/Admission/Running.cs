using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>What one member holds.</summary>
/// <param name="Devices">Numbers, ascending; empty where devices are not told apart.</param>
internal sealed record Slot(Machine Machine, NodeAsk Ask, int[] Devices)
{
    /// <summary>Where it stands in the machine's list.</summary>
    public int At { get; set; } = -1;

    public MemberPlace Place => new(Machine.Name, Devices);
}

/// <summary>Admitted work.</summary>
internal sealed class Running
{
    public required Work Work { get; init; }
    public required Pool Pool { get; init; }

    /// <summary>A slot for each member, role after role.</summary>
    public required Slot[] Slots { get; init; }

    /// <summary>In ticks.</summary>
    public required long Since { get; init; }

    /// <summary>When it is expected to have ended, in ticks; never, where nobody knows.</summary>
    public required long End { get; set; }

    /// <summary>How many were admitted before it.</summary>
    public required long Number { get; init; }

    public QuotaNode Leaf { get; set; } = null!;
    public PersonUse? Person { get; set; }

    /// <summary>Its last checkpoint, or its start, in ticks.</summary>
    public long Saved { get; set; }

    /// <summary>Whom it has to stop for; null: nobody.</summary>
    public WorkId? StopsFor { get; set; }

    /// <summary>The reservation that it was admitted into, while that lasts: nobody takes its place then.</summary>
    public Guid? Reserved { get; set; }

    /// <summary>Whether it is taken off for a moment, to see what would be without it.</summary>
    public bool IsOff { get; set; }

    /// <summary>Until when its places are kept since a machine was lost, in ticks; never, while it is whole.</summary>
    public long BrokenUntil { get; set; } = long.MaxValue;

    public bool IsBroken => BrokenUntil < long.MaxValue;

    public Amount Amount => Work.Gang.Amount;
}

/// <summary>
/// Places kept for work that does not run yet: promised to the next in order, freed for it by stopping others, or reserved for a person.
/// </summary>
internal sealed class Claim
{
    public required WorkId For { get; init; }

    public required Pool Pool { get; init; }

    public required Slot[] Slots { get; init; }

    /// <summary>When it begins, in ticks: whoever ends by then may use the places meanwhile.</summary>
    public required long From { get; init; }

    /// <summary>When it is over by itself, in ticks.</summary>
    public long Until { get; init; } = long.MaxValue;

    /// <summary>Who is expected to be gone when it begins.</summary>
    public required HashSet<Running> Without { get; init; }

    /// <summary>Where the work counts already, because others were told to stop for it; null: it does not yet.</summary>
    public QuotaNode? Leaf { get; set; }

    /// <summary>Whether others stop for it: then it begins once these are gone.</summary>
    public bool IsKept => Leaf is not null;

    public PersonUse? Person { get; set; }

    public Amount Amount => Slots.Aggregate(Amount.Zero, (sum, s) => sum + new Role(s.Ask).Amount);

    /// <summary>When it was made, in ticks.</summary>
    public required long Made { get; init; }
}

/// <summary>What a person with a ceiling uses of a group's quota in a pool.</summary>
internal sealed class PersonUse(Amount ceiling) : IBound
{
    public Amount Ceiling { get; set; } = ceiling;
    public Amount Used { get; set; }
    public HashSet<WorkClass> Parked { get; } = [];
    public Amount Left => Ceiling - Used;
    public KeptQuota? Kept { get; set; }
}
