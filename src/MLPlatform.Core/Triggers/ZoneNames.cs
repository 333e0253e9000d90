namespace MLPlatform.Core.Triggers;

/// <summary>Finds time zones by their IANA names.</summary>
internal static class ZoneNames
{
    public static TimeZoneInfo? Find(string name, List<ScheduleProblem> problems)
    {
        if (name is "UTC" or "Etc/UTC")
            return TimeZoneInfo.Utc; // known without the system's time zone data
        try
        {
            return TimeZoneInfo.FindSystemTimeZoneById(name);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            problems.Add(Explain(name, TimeZoneInfo.GetSystemTimeZones()));
            return null;
        }
    }

    /// <summary>Why a name was not found, given the zones that the system knows.</summary>
    internal static ScheduleProblem Explain(string name, IReadOnlyCollection<TimeZoneInfo> known)
    {
        // A system without time zone data knows UTC alone.
        if (known.All(z => z.BaseUtcOffset == TimeSpan.Zero))
            return new("TRIG-004", "timeZone", $"time zone '{name}' cannot be read: this system has no time zone data", "Install the package tzdata.");
        string city = name.Split('/')[^1].Replace(' ', '_');
        string? near = city.Length == 0 ? null : known.Select(z => z.Id)
            .FirstOrDefault(id => id.Split('/')[^1].Equals(city, StringComparison.OrdinalIgnoreCase));
        return new(
            "TRIG-002", "timeZone", $"time zone '{name}' is unknown",
            near is null ? "Use an IANA name such as Europe/Berlin or UTC." : $"Did you mean '{near}'?");
    }
}
