namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>More quota for a while. It ends by itself.</summary>
/// <param name="Group">Who gets it.</param>
/// <param name="Pool">Where.</param>
/// <param name="More">How much is added to the nominal quota.</param>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it is over.</param>
/// <param name="Reason">Why, in a person's words.</param>
/// <param name="Approver">Who allowed it.</param>
/// <param name="Source">The group whose nominal quota is less by as much meanwhile; null where the pool has as much unassigned.</param>
public sealed record Expansion(
    Guid Id, string Group, string Pool, Amount More, DateTimeOffset From, DateTimeOffset Until, string Reason, string Approver, string? Source = null)
{
    public bool IsInForce(DateTimeOffset now) => From <= now && now < Until;
}
