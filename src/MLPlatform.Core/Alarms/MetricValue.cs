using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Alarms;

/// <summary>A value that a rule of the event metric watches.</summary>
internal sealed record MetricValue(double Value, string? Activity, int? Node)
{
    /// <summary>
    /// The output of that name, else the last point of the metric; of several the one furthest out. Null where the run
    /// told no such value.
    /// </summary>
    public static MetricValue? Find(WatchedRun watched, ScopedRule rule)
    {
        string? name = rule.Rule.Metric;
        List<MetricValue> found = [];
        if (rule.Activity is null)
            found.AddRange(RowFacts.Numbers(watched.Run.OutputsJson).Where(o => o.Name == name).Select(o => new MetricValue(o.Value, null, null)));
        if (found.Count == 0)
        {
            Dictionary<int, ActivityRow> nodes = watched.Activities.Where(a => rule.Covers(a.Name)).ToDictionary(a => a.Node);
            found.AddRange(nodes.Values.SelectMany(a => RowFacts.Numbers(a.OutputsJson).Where(o => o.Name == name).Select(o => new MetricValue(o.Value, a.Name, a.Node))));
            if (found.Count == 0)
                found.AddRange(watched.Metrics.Where(m => m.Name == name && (rule.Activity is null || nodes.ContainsKey(m.Node))).GroupBy(m => m.Node)
                    .Select(points => points.MaxBy(m => (m.Number, m.Step))!)
                    .Select(m => new MetricValue(m.Value, nodes.GetValueOrDefault(m.Node)?.Name, m.Node)));
        }
        return found.FirstOrDefault(v => v.IsOut(rule.Rule)) ?? found.FirstOrDefault();
    }

    /// <summary>Not a number is out of all bounds.</summary>
    public bool IsOut(AlarmRule rule) => double.IsNaN(Value) || Value < rule.Below || Value > rule.Above;

    public string Words(AlarmRule rule) =>
        $"{rule.Metric}{(Activity is null ? "" : $" of {Activity}")} is {BreachList.Words(Value)}"
        + (Value < rule.Below ? $", below {BreachList.Words(rule.Below.Value)}" : Value > rule.Above ? $", above {BreachList.Words(rule.Above.Value)}" : "");
}

/// <summary>The highest stability index that the checks of a run found.</summary>
internal sealed record DriftValue(string Column, double Value, string? Activity, int Node)
{
    /// <summary>What data.check calls its metrics of drift.</summary>
    public const string Prefix = "psi.";

    public static DriftValue? Find(WatchedRun watched, ScopedRule rule)
    {
        Dictionary<int, ActivityRow> nodes = watched.Activities.Where(a => rule.Covers(a.Name)).ToDictionary(a => a.Node);
        return watched.Metrics.Where(m => m.Name.StartsWith(Prefix, StringComparison.Ordinal) && nodes.ContainsKey(m.Node) && m.Number == nodes[m.Node].Attempts)
            .OrderByDescending(m => m.Value).Select(m => new DriftValue(m.Name[Prefix.Length..], m.Value, nodes[m.Node].Name, m.Node)).FirstOrDefault();
    }

    public bool IsOut(AlarmRule rule) => Value > (rule.Above ?? DataBreaches.LargeShift);

    public string Words(AlarmRule rule) =>
        $"the stability index of {Column} is {BreachList.Words(Value)}" + (IsOut(rule) ? $", above {BreachList.Words(rule.Above ?? DataBreaches.LargeShift)}" : "");
}
