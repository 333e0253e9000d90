namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>Something of which only so much may be used: a node of the quota tree, or what a person may use.</summary>
internal interface IBound
{
    /// <summary>Classes that wait for use of it to fall, or for what is kept of it.</summary>
    HashSet<WorkClass> Parked { get; }

    /// <summary>How much more may be used here; less than nothing where too much is.</summary>
    Amount Left { get; }

    /// <summary>What is kept of it for the first that it refused, or whose place is kept; null for nothing.</summary>
    KeptQuota? Kept { get; set; }
}

/// <summary>From when on a bound has what work needs, so that nobody who comes after it uses that longer.</summary>
internal sealed class KeptQuota(Waiter @for, long from, Amount spare)
{
    public Waiter For { get; } = @for;

    /// <summary>In ticks: whoever ends by then may use it meanwhile.</summary>
    public long From { get; } = from;

    /// <summary>What others may use longer than that.</summary>
    public Amount Spare { get; set; } = spare;
}
