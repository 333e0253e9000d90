namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Adds up how long how much was held, day by day.</summary>
public static class UsedTimes
{
    /// <summary>What of the allocations lies between two instants; one that has not ended counts until the later one.</summary>
    public static IReadOnlyList<UsedTime> Of(IEnumerable<Allocation> allocations, DateTimeOffset from, DateTimeOffset until)
    {
        Dictionary<(string Group, string Person, string Pool, DateOnly Day), (double Cpu, double Memory, double Gpu)> sums = [];
        foreach (Allocation held in allocations)
        {
            DateTimeOffset end = held.EndedAt is { } ended && ended < until ? ended : until;
            for (DateTimeOffset at = held.Since > from ? held.Since : from; at < end;)
            {
                DateOnly day = DateOnly.FromDateTime(at.UtcDateTime);
                DateTimeOffset midnight = new(day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
                DateTimeOffset next = midnight < end ? midnight : end;
                double seconds = (next - at).TotalSeconds;
                var key = (held.Group, held.Person, held.Pool, day);
                (double cpu, double memory, double gpu) = sums.GetValueOrDefault(key);
                sums[key] = (cpu + (seconds * held.Amount.MilliCpu / 1000), memory + (seconds * held.Amount.MemoryBytes), gpu + (seconds * held.Amount.MilliGpu / 1000));
                at = next;
            }
        }
        return [.. sums.OrderBy(s => s.Key).Select(s => new UsedTime(s.Key.Group, s.Key.Person, s.Key.Pool, s.Key.Day, s.Value.Cpu, s.Value.Memory, s.Value.Gpu))];
    }
}
