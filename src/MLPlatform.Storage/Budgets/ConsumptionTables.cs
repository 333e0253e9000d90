using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Budgets;

/// <summary>What a person of a group used in a month. Each replica adds to rows of its own, so that no commit waits for another's.</summary>
internal sealed class ConsumptionTable
{
    public required int Month { get; init; }
    public required string GroupName { get; init; }
    public required string Person { get; init; }
    public required string Replica { get; init; }
    public required long GpuMicroseconds { get; init; }
    public required DateTimeOffset Since { get; init; }
    public required double RecentCpu { get; init; }
    public required double RecentMemory { get; init; }
    public required double RecentGpu { get; init; }
}

internal static class BudgetSchema
{
    public static void Map(ModelBuilder model) =>
        model.Entity<ConsumptionTable>().ToTable("consumption").HasKey(c => new { c.Month, c.GroupName, c.Person, c.Replica });
}
