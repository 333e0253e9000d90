using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Alarm rules of a resources file, beyond their shape: names that are there, and fields that an event of the rule reads.</summary>
internal sealed class QuotaAlarmChecks(SourceNode root, IReadOnlyCollection<string> pools, DiagnosticList problems)
{
    private static readonly (string Field, QuotaAlarmEvent[] Events)[] Fields =
    [
        ("pool", [QuotaAlarmEvent.Starved, QuotaAlarmEvent.AtLimit, QuotaAlarmEvent.ExpansionEnds, QuotaAlarmEvent.ExpansionEnded, QuotaAlarmEvent.ExpansionAsked]),
        ("longerThan", [QuotaAlarmEvent.Starved, QuotaAlarmEvent.AtLimit]),
        ("percent", [QuotaAlarmEvent.Budget]),
        ("within", [QuotaAlarmEvent.ExpansionEnds]),
    ];

    public void Check()
    {
        HashSet<string> names = new(StringComparer.Ordinal), groups = [.. ResourcesChecks.Entries(root, "groups").Select(g => g.Name!)];
        foreach (SourceNode rule in root.Find("alarms")?.Children ?? [])
        {
            if (rule.Find("name") is { Text: { } name } at && !names.Add(name))
                problems.Error("QUOTA-030", at, $"another alarm of the list is named \"{name}\"");
            Known(rule.Find("group"), groups, "QUOTA-003", "group");
            Known(rule.Find("pool"), pools, "QUOTA-002", "pool");
            HashSet<QuotaAlarmEvent> events = [.. (rule.Find("on")?.Children ?? []).Select(e => Enum.TryParse(e.Text, ignoreCase: true, out QuotaAlarmEvent known) ? (QuotaAlarmEvent?)known : null).OfType<QuotaAlarmEvent>()];
            foreach ((string field, QuotaAlarmEvent[] reads) in Fields)
            {
                if (events.Count > 0 && rule.Find(field) is { } given && !reads.Any(events.Contains))
                    problems.NameError("QUOTA-030", given, $"\"{field}\" is for alarms on {string.Join(", ", reads.Select(e => JsonNamingPolicy.CamelCase.ConvertName(e.ToString())))}");
            }
            foreach (SourceNode given in ((SourceNode?[])[rule.Find("longerThan"), rule.Find("within"), rule.Find("escalate")?.Find("after")]).OfType<SourceNode>())
            {
                if (given.Text is { } text && Duration(text) is { } time && time <= TimeSpan.Zero)
                    problems.Error("QUOTA-030", given, "a duration of an alarm must be positive");
            }
        }
    }

    private void Known(SourceNode? at, IReadOnlyCollection<string> known, string code, string what)
    {
        if (at is { Text: { } name } && !known.Contains(name))
            problems.Error(code, at, $"there is no {what} \"{name}\"", problems.Hint(name, known) ?? $"Declare it in \"{what}s\".");
    }

    private static TimeSpan? Duration(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TimeSpan>(JsonSerializer.Serialize(text), ActivityJson.Options);
        }
        catch (JsonException)
        {
            return null; // Its shape is wrong, which has been reported.
        }
    }
}
