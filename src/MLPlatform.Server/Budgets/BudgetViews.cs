using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Server.Budgets;

/// <summary>Budgets, and what was used whether there is one or not.</summary>
/// <param name="Month">The calendar month (UTC) that budgets count.</param>
internal sealed record BudgetsView(string Month, DateTimeOffset At, IReadOnlyList<BudgetView> Budgets, IReadOnlyList<ConsumptionView> Used, IReadOnlyList<PastUseView> PastUse);

/// <summary>How a budget stands. Attempts that run count up to now.</summary>
/// <param name="Person">Null where it is the group's, which counts the groups below it too.</param>
/// <param name="GpuHours">What it allows a month.</param>
/// <param name="Part">The part that is used: 1 for all of it.</param>
/// <param name="Pace">Devices held on the mean, of late more than earlier.</param>
/// <param name="RunsOutAt">When it is used up at that pace; null where it lasts for the month, or is used up.</param>
/// <param name="Exhausted">What happens once it is used up.</param>
/// <param name="Holds">Whether it keeps work that uses GPUs from starting now.</param>
internal sealed record BudgetView(
    string Group, string? Person, double GpuHours, double Used, double Left, double Part, double Pace, DateTimeOffset? RunsOutAt, BudgetExhausted Exhausted, bool UsedUp, bool Holds)
{
    public static BudgetView From(BudgetState s) =>
        new(s.Group, s.Person, s.Hours, s.Used, s.Left, s.Part, s.Pace, s.RunsOutAt, s.Exhausted, s.IsUsedUp, s.Holds);
}

/// <summary>What a person of a group used in a month.</summary>
internal sealed record ConsumptionView(string Month, string Group, string Person, double GpuHours)
{
    public static ConsumptionView From(Consumption c) => new(c.Key.Month.ToString(), c.Key.Group, c.Key.Person, c.GpuHours);
}

/// <summary>What a group held on the mean since its first use, where use of a week ago counts half; fair shares look at it.</summary>
/// <param name="Cpu">Cores.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="Gpu">Devices.</param>
internal sealed record PastUseView(string Group, double Cpu, double Memory, double Gpu)
{
    public static PastUseView From(string group, ResourceTime mean) => new(group, mean.CpuSeconds, mean.MemoryByteSeconds, mean.GpuSeconds);
}
