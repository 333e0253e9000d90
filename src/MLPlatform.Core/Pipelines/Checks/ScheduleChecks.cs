using System.Text.Json;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Source;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>Triggers and alarms, beyond their shape.</summary>
internal static class ScheduleChecks
{
    public static void Check(SourceNode root, PipelineNames names, DiagnosticList problems)
    {
        HashSet<string> triggerNames = new(StringComparer.Ordinal);
        foreach (SourceNode trigger in PipelineNames.Items(root.Find("schedule")?.Find("triggers")))
        {
            switch (trigger.Find("type")?.Text)
            {
                case "cron":
                    CheckCron(trigger, problems);
                    break;
                case "upstream" when trigger.Find("pipeline") is { Text: { } other } at && other == root.Find("id")?.Text:
                    problems.Error("PIPE-017", at, "a pipeline cannot be started by itself");
                    break;
                case "feedback":
                    problems.Warning("PIPE-026", trigger, "feedback triggers are checked but not carried out yet", "Until then, start runs by cron.");
                    break;
            }
            if (trigger.Find("name") is { Text: { } name } named && !triggerNames.Add(name))
                problems.Error("PIPE-003", named, $"another trigger is called \"{name}\"");
            CheckGiven(root, trigger, names, problems);
        }
        foreach (SourceNode dependency in PipelineNames.Items(root.Find("schedule")?.Find("dependsOn")))
            CheckOffset(dependency, problems);
        foreach (SourceNode activity in PipelineNames.Members(root.Find("activities")))
        {
            if (activity.Find("schedule") is { } schedule)
                problems.Warning("PIPE-026", schedule, "an activity's own schedule is checked but not carried out yet", "Put the dependency into the pipeline's schedule.");
            CheckAlarms(activity.Find("alarms"), problems);
        }
        CheckAlarms(root.Find("alarms"), problems);
    }

    private static void CheckCron(SourceNode trigger, DiagnosticList problems)
    {
        if (trigger.Find("cron") is not { Text: { } text } cron)
            return;
        SourceNode? zone = trigger.Find("timeZone");
        CronTrigger declared = new() { Cron = text, TimeZone = zone?.Text ?? "UTC" };
        CronSchedule.Create(declared, out IReadOnlyList<ScheduleProblem> found);
        foreach (ScheduleProblem problem in found)
            problems.Error(problem.Code, problem.Path == "timeZone" ? zone ?? trigger : cron, problem.Message, problem.Hint);
    }

    // A dependency's offset is a string there, since its smallest unit means something.
    private static void CheckOffset(SourceNode dependency, DiagnosticList problems)
    {
        if (dependency.Find("offset") is { Text: { } text } offset && !IsoDuration.TryParse(text, out _))
            problems.Error("PIPE-009", offset, $"\"{text}\" is not an ISO 8601 duration", "Write one such as \"P0D\" or \"-PT1H\".");
    }

    // What a trigger gives is what a person could give: known names, right types, and nothing that must be given missing.
    private static void CheckGiven(SourceNode root, SourceNode trigger, PipelineNames names, DiagnosticList problems)
    {
        SourceNode? given = trigger.Find("parameters");
        foreach (SourceNode value in PipelineNames.Members(given))
        {
            if (!names.Parameters.TryGetValue(value.Name!, out ParameterType? type))
                problems.NameError("PIPE-016", value, $"there is no parameter \"{value.Name}\"", Names.Hint(value.Name!, names.Parameters.Keys));
            else if (value.Text is not null && TemplateText.HasExpression(value.Text))
                problems.Error("PIPE-024", value, "a trigger gives plain values, not expressions", "Put the expression into the parameter's default.");
            else if (type is { } known && !ParameterValue.IsOfType(ParameterValue.Coerce(problems.File.Element(value), known), known))
                problems.Error("PIPE-025", value, $"parameter \"{value.Name}\" must be {ParameterValue.Wanted(known)}");
        }
        foreach (SourceNode parameter in PipelineNames.Members(root.Find("parameters")))
        {
            bool mustBeGiven = parameter.Find("default") is null && parameter.Find("required") is not { Kind: JsonValueKind.False };
            if (mustBeGiven && given?.Find(parameter.Name!) is null && trigger.Find("type")?.Text is "cron" or "upstream" or "feedback")
                problems.Error("PIPE-025", trigger, $"this trigger starts runs without parameter \"{parameter.Name}\", which must be given",
                    "Give it a default, or a value under the trigger's \"parameters\".");
        }
    }

    private static void CheckAlarms(SourceNode? alarms, DiagnosticList problems)
    {
        foreach (SourceNode alarm in PipelineNames.Items(alarms))
        {
            bool waits = PipelineNames.Items(alarm.Find("on")).Any(e => e.Text is "queued" or "running");
            if (waits && alarm.Find("longerThan") is null)
                problems.Error("PIPE-027", alarm, "an alarm on queued or running needs \"longerThan\"", "Write how long is too long, such as \"PT30M\".");
            else if (!waits && alarm.Find("longerThan") is { } time)
                problems.NameError("PIPE-027", time, "\"longerThan\" is for alarms on queued and running");
        }
    }
}
