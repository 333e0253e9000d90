using System.Globalization;

namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>A calendar month in UTC, by which budgets count.</summary>
/// <param name="Number">The year times a hundred and the month: <c>202603</c>.</param>
public readonly record struct CalendarMonth(int Number)
{
    public DateTimeOffset Start => new(Number / 100, Number % 100, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The first instant that is not part of it.</summary>
    public DateTimeOffset End => Start.AddMonths(1);

    public static CalendarMonth Of(DateTimeOffset at) => at.UtcDateTime is var utc ? new CalendarMonth((utc.Year * 100) + utc.Month) : default;

    public CalendarMonth Plus(int months) => Of(Start.AddMonths(months));

    /// <summary><c>2026-03</c></summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number / 100:0000}-{Number % 100:00}");
}
