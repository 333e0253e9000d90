using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Triggers;

internal sealed class TriggerClaimTable
{
    /// <summary>Claims that may still have to start a run: the predicate of the index that finds them.</summary>
    public const string Open = "NOT settled";

    public required string Trigger { get; init; }
    public required string Instant { get; init; }
    public required Guid Run { get; init; }
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset LogicalDate { get; init; }
    public required string Owner { get; init; }
    public required string FactsJson { get; init; }
    public string? Dropped { get; init; }

    /// <summary>Its run was seen, or it was dropped: nobody has to look at it again.</summary>
    public required bool Settled { get; init; }
}

internal static class TriggerSchema
{
    public static void Map(ModelBuilder model) => model.Entity<TriggerClaimTable>(t =>
    {
        t.ToTable("trigger_claims").HasKey(c => new { c.Trigger, c.Instant });
        t.HasIndex(c => new { c.At, c.Instant }).HasFilter(TriggerClaimTable.Open);
    });
}
