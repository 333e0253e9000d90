namespace MLPlatform.Core.Triggers;

/// <summary>Finds pipelines that would start, or wait for, each other for ever.</summary>
public static class PipelineCycles
{
    /// <summary>
    /// What is wrong with registering <paramref name="pipeline"/> beside the pipelines there are: a chain of upstream
    /// triggers that comes back to it, or one of dependencies on the same date.
    /// </summary>
    /// <param name="others">Schedules of registered pipelines by name; an entry for <paramref name="pipeline"/> itself is not looked at.</param>
    public static IReadOnlyList<ScheduleProblem> Problems(
        string pipeline, PipelineSchedule schedule, IReadOnlyDictionary<string, PipelineSchedule> others)
    {
        PipelineSchedule Of(string name) => name == pipeline ? schedule : others.GetValueOrDefault(name) ?? PipelineSchedule.Empty;
        List<ScheduleProblem> problems = [];
        if (Find(pipeline, name => Of(name).Triggers.OfType<UpstreamTrigger>().Select(t => t.Pipeline)) is { Count: > 2 } started)
            problems.Add(new(
                "TRIG-006", "triggers", $"pipelines would start each other for ever: {string.Join(" is started by ", started)}",
                "Take one of these upstream triggers out."));
        if (Find(pipeline, name => Of(name).DependsOn.Where(d => d.Offset >= TimeSpan.Zero).Select(d => d.Pipeline)) is { Count: > 2 } awaited)
            problems.Add(new(
                "TRIG-007", "dependsOn", $"pipelines would wait for each other for ever: {string.Join(" waits for ", awaited)}",
                "Take one of these dependencies out, or give it a negative offset."));
        return problems;
    }

    /// <summary>The shortest way from a pipeline back to itself, both ends included, or null.</summary>
    private static List<string>? Find(string start, Func<string, IEnumerable<string>> next)
    {
        Dictionary<string, string> cameFrom = new(StringComparer.Ordinal);
        Queue<string> open = new([start]);
        while (open.TryDequeue(out string? at))
            foreach (string to in next(at))
            {
                if (to == start)
                    return Way(start, at, cameFrom);
                if (cameFrom.TryAdd(to, at))
                    open.Enqueue(to);
            }
        return null;
    }

    private static List<string> Way(string start, string last, Dictionary<string, string> cameFrom)
    {
        List<string> way = [start];
        for (string at = last; at != start; at = cameFrom[at])
            way.Add(at);
        way.Add(start);
        way.Reverse();
        return way;
    }
}
