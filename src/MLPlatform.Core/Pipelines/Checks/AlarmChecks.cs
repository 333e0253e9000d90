using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>Alarm rules, beyond their shape: that each has what its events need, and nothing that none of them reads.</summary>
internal static class AlarmChecks
{
    // What a field is for, whether the event needs it, and how it may look.
    private static readonly (string Field, AlarmEvent Event, bool Needed, string Example)[] Fields =
    [
        ("longerThan", AlarmEvent.Queued, true, "how long is too long, such as \"PT30M\""),
        ("longerThan", AlarmEvent.Running, false, ""),
        ("within", AlarmEvent.NotStarted, true, "how long after the scheduled instant, such as \"PT15M\""),
        ("within", AlarmEvent.NotEnded, true, "how long after the scheduled instant, such as \"PT4H\""),
        ("dataset", AlarmEvent.Stale, true, "the dataset's name"),
        ("olderThan", AlarmEvent.Stale, true, "how old is too old, such as \"P1D\""),
        ("metric", AlarmEvent.Metric, true, "the metric's or output's name"),
        ("below", AlarmEvent.Metric, false, ""),
        ("above", AlarmEvent.Metric, false, ""),
        ("features", AlarmEvent.Drift, false, ""),
        ("above", AlarmEvent.Drift, false, ""),
        ("agent", AlarmEvent.Silent, false, ""),
    ];

    private static readonly string[] Durations = ["longerThan", "within", "olderThan"];

    public static void Check(SourceNode root, DiagnosticList problems)
    {
        bool hasCron = PipelineNames.Items(root.Find("schedule")?.Find("triggers")).Any(t => t.Find("type")?.Text == "cron");
        CheckList(root.Find("alarms"), ofActivity: false, hasCron, problems);
        foreach (SourceNode activity in PipelineNames.Members(root.Find("activities")))
            CheckList(activity.Find("alarms"), ofActivity: true, hasCron, problems);
    }

    /// <summary>Where rules name channels that are none, with the nearest that is one.</summary>
    public static void CheckChannels(SourceNode root, IReadOnlyCollection<string> channels, DiagnosticList problems)
    {
        foreach (SourceNode name in Rules(root).SelectMany(r => PipelineNames.Items(r.Find("to")).Concat(PipelineNames.Items(r.Find("escalate")?.Find("to")))))
            if (name.Text is { } channel && !channels.Contains(channel))
                problems.Warning("PIPE-028", name, $"there is no channel \"{channel}\" on this server", problems.Hint(channel, channels)
                    ?? $"Declare it in the server's settings, Alarms:Channels:{channel}; until then what it should be told fails visibly.");
    }

    /// <summary>Where rules watch datasets that nobody published yet, with the nearest that somebody did. Those that the file itself publishes will come.</summary>
    public static void CheckDatasets(SourceNode root, IReadOnlyCollection<string> datasets, DiagnosticList problems)
    {
        HashSet<string> own = [.. PipelineNames.Members(root.Find("activities")).Where(a => a.Find("type")?.Text == "dataset.publish")
            .Select(a => a.Find("inputs")?.Find("name")?.Text).OfType<string>()];
        if (own.Any(n => n.Contains("${{", StringComparison.Ordinal)))
            return; // Its name is known when it runs.
        foreach (SourceNode name in Rules(root).Select(r => r.Find("dataset")).OfType<SourceNode>())
            if (name.Text is { } dataset && !datasets.Contains(dataset) && !own.Contains(dataset))
                problems.Warning("PIPE-030", name, $"there is no dataset \"{dataset}\" on this server", problems.Hint(dataset, datasets)
                    ?? "Until somebody publishes it, its age counts from when the pipeline is applied.");
    }

    private static IEnumerable<SourceNode> Rules(SourceNode root) => PipelineNames.Items(root.Find("alarms"))
        .Concat(PipelineNames.Members(root.Find("activities")).SelectMany(a => PipelineNames.Items(a.Find("alarms"))));

    private static void CheckList(SourceNode? list, bool ofActivity, bool hasCron, DiagnosticList problems)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (SourceNode alarm in PipelineNames.Items(list))
        {
            HashSet<AlarmEvent> events = [.. PipelineNames.Items(alarm.Find("on"))
                .Select(e => Enum.TryParse(e.Text, ignoreCase: true, out AlarmEvent known) ? (AlarmEvent?)known : null).OfType<AlarmEvent>()];
            if (alarm.Find("name") is { Text: { } name } && !names.Add(name))
                problems.Error("PIPE-027", alarm.Find("name")!, $"another alarm of the list is named \"{name}\"");
            CheckFields(alarm, events, problems);
            foreach (AlarmEvent ofServer in events.Where(e => e > AlarmEvent.ExpansionAsked))
                problems.Error("PIPE-027", alarm, $"\"{Word(ofServer)}\" is about no pipeline: the server's settings say who is told", "Leave it out; docs/alarms.md names the settings.");
            foreach (AlarmEvent ofQuotas in events.Where(e => e is >= AlarmEvent.Starved and <= AlarmEvent.ExpansionAsked))
                problems.Error("PIPE-027", alarm, $"\"{Word(ofQuotas)}\" is about quotas, which belong to groups", "Write the alarm in the resources file.");
            foreach (AlarmEvent scheduled in events.Where(e => e is AlarmEvent.NotStarted or AlarmEvent.NotEnded))
            {
                if (ofActivity)
                    problems.Error("PIPE-027", alarm, $"\"{Word(scheduled)}\" is about the pipeline's schedule", "Write the alarm at the pipeline.");
                else if (!hasCron)
                    problems.Error("PIPE-027", alarm, $"\"{Word(scheduled)}\" watches cron triggers, and the pipeline has none", "Add a cron trigger, or watch its dataset with \"stale\".");
            }
        }
    }

    private static void CheckFields(SourceNode alarm, HashSet<AlarmEvent> events, DiagnosticList problems)
    {
        foreach ((string field, AlarmEvent what, bool needed, string example) in Fields.Where(f => f.Needed && events.Contains(f.Event)))
            if (alarm.Find(field) is null)
                problems.Error("PIPE-027", alarm, $"an alarm on {Word(what)} needs \"{field}\"", $"Write {example}.");
        if (events.Contains(AlarmEvent.Metric) && alarm.Find("below") is null && alarm.Find("above") is null)
            problems.Error("PIPE-027", alarm, "an alarm on metric needs \"below\" or \"above\"", "Write from where on it is out of bounds.");
        foreach (IGrouping<string, AlarmEvent> field in Fields.GroupBy(f => f.Field, f => f.Event))
            if (events.Count > 0 && alarm.Find(field.Key) is { } given && !field.Any(events.Contains))
                problems.NameError("PIPE-027", given, $"\"{field.Key}\" is for alarms on {string.Join(" and ", field.Select(Word))}");
        foreach (SourceNode given in Durations.Select(alarm.Find).Append(alarm.Find("escalate")?.Find("after")).OfType<SourceNode>())
            if (given.Text is { } text && Duration(text) is { } time && time <= TimeSpan.Zero)
                problems.Error("PIPE-027", given, "a duration of an alarm must be positive");
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

    private static string Word(AlarmEvent what) => JsonNamingPolicy.CamelCase.ConvertName(what.ToString());
}
