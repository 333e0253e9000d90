using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>Who used it, and in which month.</summary>
/// <param name="Group">As in <c>basic.group</c>; empty for none.</param>
/// <param name="Person">As in <c>basic.owner</c>; empty for none.</param>
public readonly record struct ConsumptionKey(CalendarMonth Month, string Group, string Person);

/// <summary>What a person of a group used in a month. Sums of it are sums of its parts, so each end of an attempt adds to a row and reads none.</summary>
/// <param name="GpuMicroseconds">Devices times microseconds: whole numbers, so that no order of adding gives another sum.</param>
/// <param name="Since">When the first of it began.</param>
/// <param name="Recent">The use as <see cref="PastUse"/> weighs it, seen from the month's beginning.</param>
public sealed record Consumption(ConsumptionKey Key, long GpuMicroseconds, DateTimeOffset Since, ResourceTime Recent)
{
    public const double MicrosecondsAnHour = 3_600_000_000;

    public double GpuHours => GpuMicroseconds / MicrosecondsAnHour;

    public Consumption Plus(Consumption more) => this with
    {
        GpuMicroseconds = GpuMicroseconds + more.GpuMicroseconds,
        Since = Since < more.Since ? Since : more.Since,
        Recent = Recent + more.Recent,
    };
}

/// <summary>Adds up who used what in which month. Attempts that go past a month's end are split there.</summary>
public sealed class ConsumptionSums
{
    private readonly Dictionary<ConsumptionKey, Consumption> _sums = [];

    public int Count => _sums.Count;

    /// <summary>In the order of their keys, so that servers that write the same rows do it in the same order.</summary>
    public IReadOnlyList<Consumption> Rows =>
        [.. _sums.Values.OrderBy(s => s.Key.Month.Number).ThenBy(s => s.Key.Group, StringComparer.Ordinal).ThenBy(s => s.Key.Person, StringComparer.Ordinal)];

    /// <summary>Adds what was held from an instant until another.</summary>
    public void Add(string group, string person, ResourceRequest held, DateTimeOffset from, DateTimeOffset until)
    {
        if (Amount.Of(held).IsZero)
            return;
        for (DateTimeOffset at = from; at < until;)
        {
            CalendarMonth month = CalendarMonth.Of(at);
            DateTimeOffset next = month.End < until ? month.End : until;
            long gpu = (long)((Int128)held.MilliGpu * (next - at).Ticks / (1000 * TimeSpan.TicksPerMicrosecond));
            Add(new Consumption(new ConsumptionKey(month, group, person), gpu, at, ResourceTime.Of(held, PastUse.Weight(month.Start, at, next))));
            at = next;
        }
    }

    public void Add(Consumption more) =>
        _sums[more.Key] = _sums.TryGetValue(more.Key, out Consumption? sum) ? sum.Plus(more) : more;
}
