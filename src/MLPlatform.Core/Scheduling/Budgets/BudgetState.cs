using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>How a budget stands in a month.</summary>
/// <param name="Person">Null where it is the group's.</param>
/// <param name="Hours">GPU hours that it allows.</param>
/// <param name="Used">GPU hours used, attempts that run included.</param>
/// <param name="Pace">Devices held on the mean, of late more than earlier (<see cref="PastUse"/>).</param>
public sealed record BudgetState(string Group, string? Person, CalendarMonth Month, double Hours, double Used, double Pace, BudgetExhausted Exhausted, DateTimeOffset At)
{
    public double Left => Math.Max(0, Hours - Used);

    /// <summary>The part that is used, 1 for all of it.</summary>
    public double Part => Hours > 0 ? Used / Hours : 1;

    public bool IsUsedUp => Used >= Hours;

    /// <summary>Whether it keeps work from starting.</summary>
    public bool Holds => IsUsedUp && Exhausted == BudgetExhausted.Hold;

    /// <summary>When it is used up if it goes on at this pace; null where it is already, or lasts beyond the month's end.</summary>
    public DateTimeOffset? RunsOutAt => !IsUsedUp && Pace > 0 && Left / Pace < (Month.End - At).TotalHours ? At.AddHours(Left / Pace) : null;

    /// <summary>Whose it is: <c>ads</c>, or <c>ann of ads</c>.</summary>
    public string Whose => Person is null ? Group : $"{Person} of {Group}";
}
