using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Source;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>Triggers, beyond their shape.</summary>
internal static class ScheduleChecks
{
    public static void Check(SourceNode root, PipelineNames names, DiagnosticList problems)
    {
        SourceNode? schedule = root.Find("schedule");
        string pipeline = root.Find("id")?.Text ?? "";
        CheckRules(pipeline, schedule, problems);
        foreach (SourceNode trigger in PipelineNames.Items(schedule?.Find("triggers")))
        {
            CheckGiven(root, trigger, names, problems);
        }
        foreach (SourceNode activity in PipelineNames.Members(root.Find("activities")))
            CheckRules(pipeline, activity.Find("schedule"), problems);
    }

    // Each part that can be read is looked at, also where its neighbours cannot.
    private static void CheckRules(string pipeline, SourceNode? schedule, DiagnosticList problems)
    {
        (List<SourceNode> triggerNodes, List<TriggerDefinition> triggers) = Readable<TriggerDefinition>(schedule?.Find("triggers"), problems);
        (List<SourceNode> dependencyNodes, List<ScheduleDependency> dependencies) = Readable<ScheduleDependency>(schedule?.Find("dependsOn"), problems);
        PipelineSchedule readable = new() { Triggers = triggers, DependsOn = dependencies };
        foreach (ScheduleProblem problem in ScheduleCheck.Problems(pipeline, readable))
        {
            // The path is "triggers[2].cron" or "dependsOn[0].offset".
            string[] steps = problem.Path.Split('[', ']', '.');
            int index = int.Parse(steps[1], CultureInfo.InvariantCulture);
            SourceNode owner = steps[0] == "triggers" ? triggerNodes[index] : dependencyNodes[index];
            problems.Error(problem.Code, owner.Find(steps[^1]) ?? owner, problem.Message, problem.Hint);
        }
    }

    private static (List<SourceNode> Nodes, List<T> Values) Readable<T>(SourceNode? list, DiagnosticList problems)
    {
        (List<SourceNode> nodes, List<T> values) = ([], []);
        foreach (SourceNode node in PipelineNames.Items(list))
        {
            try
            {
                if (problems.File.Element(node).Deserialize<T>(ActivityJson.Options) is not { } value)
                    continue;
                nodes.Add(node);
                values.Add(value);
            }
            catch (Exception e) when (e is JsonException or NotSupportedException)
            {
                continue; // Its shape is wrong, which has been reported.
            }
        }
        return (nodes, values);
    }

    // What a trigger gives is what a person could give: known names, right types, and nothing that must be given missing.
    private static void CheckGiven(SourceNode root, SourceNode trigger, PipelineNames names, DiagnosticList problems)
    {
        SourceNode? given = trigger.Find("parameters");
        foreach (SourceNode value in PipelineNames.Members(given))
        {
            if (!names.Parameters.TryGetValue(value.Name!, out ParameterType? type))
                problems.NameError("PIPE-016", value, $"there is no parameter \"{value.Name}\"", problems.Hint(value.Name!, names.Parameters.Keys));
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
}
