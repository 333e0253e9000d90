using System.Globalization;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>How budgets stand. A group's budget counts what the groups below it use, too; a person's what they use as a member of that group.</summary>
public static class BudgetPolicy
{
    /// <summary>Every budget that the file declares, groups in its order, a group before its persons.</summary>
    /// <param name="used">This month and the months before it; what runs counts up to now.</param>
    public static IReadOnlyList<BudgetState> States(ResourcesFile file, IReadOnlyCollection<Consumption> used, DateTimeOffset now)
    {
        List<BudgetState> states = [];
        foreach ((string name, GroupDeclaration group) in file.Groups)
        {
            if (group.Budget is { } budget)
                states.Add(State(name, null, budget, [.. used.Where(u => IsWithin(file, u.Key.Group, name))], now));
            foreach ((string person, PersonDeclaration declared) in group.Persons)
                if (declared.Budget is { } own)
                    states.Add(State(name, person, own, [.. used.Where(u => u.Key.Group == name && u.Key.Person == person)], now));
        }
        return states;
    }

    /// <summary>Why nothing of that person and group that uses GPUs may begin, or null where it may.</summary>
    public static string? WhyHeld(ResourcesFile? file, IReadOnlyCollection<BudgetState> states, string group, string person)
    {
        BudgetState? held = states.FirstOrDefault(s => s.Holds && (s.Person is null ? IsWithin(file, group, s.Group) : s.Group == group && s.Person == person));
        return held is null ? null : string.Create(CultureInfo.InvariantCulture,
            $"the budget of {held.Whose} is used up: {held.Used:0.##} of {held.Hours:0.##} GPU hours in {held.Month}");
    }

    /// <summary>Whether a group is another one or a part of it.</summary>
    private static bool IsWithin(ResourcesFile? file, string group, string above)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (string? at = group; at is not null && seen.Add(at); at = file?.Groups.GetValueOrDefault(at)?.Parent)
            if (at == above)
                return true;
        return false;
    }

    private static BudgetState State(string group, string? person, BudgetDeclaration budget, List<Consumption> used, DateTimeOffset now)
    {
        CalendarMonth month = CalendarMonth.Of(now);
        return new BudgetState(group, person, month, budget.GpuHours, used.Where(u => u.Key.Month == month).Sum(u => u.GpuMicroseconds) / Consumption.MicrosecondsAnHour,
            PastUse.Mean(used, now).GpuSeconds, budget.Exhausted, now);
    }
}
