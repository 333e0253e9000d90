namespace MLPlatform.Core.Triggers;

/// <summary>Checks a schedule section beyond what its types say.</summary>
public static class ScheduleCheck
{
    /// <summary>The last part of the key under which backfills are claimed; no trigger may have this name.</summary>
    public const string BackfillName = "backfill";

    /// <summary>All problems of a schedule, looking at the pipeline alone.</summary>
    public static IReadOnlyList<ScheduleProblem> Problems(string pipeline, PipelineSchedule schedule)
    {
        List<ScheduleProblem> problems = [];
        for (int i = 0; i < schedule.Triggers.Count; i++)
            foreach (ScheduleProblem problem in Problems(pipeline, schedule, i))
                problems.Add(problem with { Path = $"triggers[{i}].{problem.Path}" });
        for (int i = 0; i < schedule.DependsOn.Count; i++)
            if (schedule.DependsOn[i] is { } dependency && dependency.Pipeline == pipeline && dependency.Offset >= TimeSpan.Zero)
                problems.Add(new(
                    "TRIG-007", $"dependsOn[{i}].offset", $"pipeline '{pipeline}' waits for its own run of the same or a later date",
                    "To wait for the run before, give a negative offset such as -P1D."));
        return problems;
    }

    private static IEnumerable<ScheduleProblem> Problems(string pipeline, PipelineSchedule schedule, int index)
    {
        TriggerDefinition trigger = schedule.Triggers[index];
        if (trigger.Name is { } name)
        {
            int first = schedule.Triggers.Select(t => t.Name).ToList().IndexOf(name);
            if (first < index)
                yield return new("TRIG-005", "name", $"trigger name '{name}' is taken by triggers[{first}]", "Names are unique in a pipeline.");
            if (name == BackfillName)
                yield return new("TRIG-005", "name", $"trigger name '{name}' is kept for backfills", "Choose another name.");
        }
        switch (trigger)
        {
            case CronTrigger cron:
                CronSchedule.Create(cron, out IReadOnlyList<ScheduleProblem> wrong);
                foreach (ScheduleProblem problem in wrong)
                    yield return problem;
                break;
            case FeedbackTrigger feedback when feedback.Problem() is { } wrongWith:
                yield return new("TRIG-050", "model", $"the feedback trigger cannot fire as it should: {wrongWith}", "docs/serving.md tells what it can look at.");
                break;
            case UpstreamTrigger upstream when upstream.Pipeline == pipeline:
                yield return new("TRIG-006", "pipeline", $"pipeline '{pipeline}' starts itself", "Its runs would never end starting new ones.");
                break;
        }
    }
}
