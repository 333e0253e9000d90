namespace MLPlatform.Core.Experiments.Comparison;

/// <summary>Tracked runs side by side: what differs comes first.</summary>
/// <param name="Runs">The runs, in the order of all values below.</param>
public sealed record RunComparison(
    IReadOnlyList<TrackedRun> Runs, IReadOnlyList<ComparedText> Parameters, IReadOnlyList<ComparedMetric> Metrics)
{
    public static RunComparison Of(IReadOnlyList<TrackedRun> runs) => new(runs, Texts(runs, run => run.Parameters), MetricsOf(runs));

    /// <summary>Names and texts of things of the runs, side by side.</summary>
    public static IReadOnlyList<ComparedText> Texts<T>(IReadOnlyList<T> things, Func<T, IReadOnlyDictionary<string, string>> texts)
    {
        Dictionary<string, string?[]> table = new(StringComparer.Ordinal);
        for (int i = 0; i < things.Count; i++)
        {
            foreach ((string name, string value) in texts(things[i]))
            {
                if (!table.TryGetValue(name, out string?[]? values))
                    table.Add(name, values = new string?[things.Count]);
                values[i] = value;
            }
        }
        return [.. table.Select(t => new ComparedText(t.Key, t.Value.Distinct(StringComparer.Ordinal).Count(), t.Value))
            .OrderBy(t => t.Distinct > 1 ? 0 : 1).ThenBy(t => t.Name, StringComparer.Ordinal)];
    }

    private static List<ComparedMetric> MetricsOf(IReadOnlyList<TrackedRun> runs)
    {
        Dictionary<string, double?[]> table = new(StringComparer.Ordinal);
        for (int i = 0; i < runs.Count; i++)
        {
            foreach (MetricValue metric in runs[i].Metrics)
            {
                if (!table.TryGetValue(metric.Name, out double?[]? values))
                    table.Add(metric.Name, values = new double?[runs.Count]);
                values[i] = metric.Value;
            }
        }
        return [.. table.Select(t => ComparedMetric.Of(t.Key, t.Value))
            .OrderBy(m => m.Differs ? 0 : 1).ThenByDescending(m => m.Present).ThenBy(m => m.Name, StringComparer.Ordinal)];
    }
}

/// <summary>A text of each run.</summary>
/// <param name="Distinct">How many different values there are; a missing one is a value of its own.</param>
/// <param name="Values">Null where a run has none.</param>
public sealed record ComparedText(string Name, int Distinct, IReadOnlyList<string?> Values)
{
    public bool Differs => Distinct > 1;
}

/// <summary>A metric of each run, and how it lies over all of them.</summary>
/// <param name="Present">How many runs have a value, not-a-number among them.</param>
/// <param name="Min">Of finite values, as are the mean and the largest; null where there is none.</param>
public sealed record ComparedMetric(string Name, int Present, double? Min, double? Mean, double? Max, bool Differs, IReadOnlyList<double?> Values)
{
    internal static ComparedMetric Of(string name, double?[] values)
    {
        (int present, int finite, double min, double max, double sum) = (0, 0, double.PositiveInfinity, double.NegativeInfinity, 0);
        foreach (double? each in values)
        {
            if (each is not { } value)
                continue;
            present++;
            if (!double.IsFinite(value))
                continue;
            finite++;
            (min, max, sum) = (Math.Min(min, value), Math.Max(max, value), sum + value);
        }
        bool differs = present < values.Length || (finite > 0 && (finite < present || max > min));
        return finite == 0 ? new ComparedMetric(name, present, null, null, null, differs, values) : new ComparedMetric(name, present, min, sum / finite, max, differs, values);
    }
}
