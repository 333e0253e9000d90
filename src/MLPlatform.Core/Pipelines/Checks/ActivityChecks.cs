using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Shapes;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>Each activity against its type, its expressions and what it says it depends on; then the pipeline's outputs.</summary>
internal sealed class ActivityChecks(PipelineNames names, ActivityGraph graph, DiagnosticList problems)
{
    private const string ImportedHint = "It came with an Elsa workflow and holds its place; put an activity of this platform there: 'mlp activities list' tells them.";
    private readonly ExpressionChecks _expressions = new(names, problems, graph);
    private readonly Dictionary<string, ShapeCheck> _byType = new(StringComparer.Ordinal);
    private bool _imported;
    private int _current;

    public void Check(SourceNode root)
    {
        _imported = root.Find("elsa") is { Kind: JsonValueKind.Object };
        for (_current = 0; _current < names.Activities.Count; _current++)
            CheckActivity(names.Activities[_current]);
        foreach (SourceNode output in PipelineNames.Members(root.Find("outputs")))
            _expressions.Check(output, ExpressionPlace.Outputs);
    }

    private void CheckActivity(NamedActivity activity)
    {
        _expressions.Activity = _current;
        if (activity.Node.Find("type") is { Text: { } type } typed && activity.Descriptor is null)
            problems.Error("PIPE-013", typed, $"there is no activity type \"{type}\"", _imported ? ImportedHint : TypeHint(type));
        CheckInputs(activity);
        CheckDependsOn(activity);
        CheckWhen(activity.Node.Find("when"));
        CheckForEach(activity);
    }

    // People remember the verb of a type better than its family: "script" means "train.script".
    private string? TypeHint(string wrong)
    {
        string[] types = [.. names.Catalog.All.Select(d => d.Type).Order(StringComparer.Ordinal)];
        return types.FirstOrDefault(t => t.EndsWith("." + wrong, StringComparison.OrdinalIgnoreCase)) is { } meant
            ? $"Did you mean \"{meant}\"?"
            : problems.Hint(wrong, types) ?? $"There are: {string.Join(", ", types)}.";
    }

    private void CheckInputs(NamedActivity activity)
    {
        SourceNode? inputs = activity.Node.Find("inputs");
        if (activity.Descriptor is not { } descriptor)
        {
            if (inputs is not null)
                _expressions.Check(inputs, ExpressionPlace.Inputs);
            return;
        }
        Shape shape = ShapeOf.Get(descriptor.InputsType);
        if (inputs is not null && inputs.Kind is not (JsonValueKind.Object or JsonValueKind.Null))
            problems.Error("PIPE-004", inputs, "\"inputs\" must be an object", "Each value in it may be an expression; the whole may not.");
        else if (inputs is not null)
        {
            if (!_byType.TryGetValue(descriptor.Type, out ShapeCheck? check))
                _byType[descriptor.Type] = check = new ShapeCheck(problems, $"activity type {descriptor.Type}", CheckInputExpression);
            check.Check(inputs, shape, nullable: true);
            if (inputs.Kind == JsonValueKind.Object && typeof(IChecksInputs).IsAssignableFrom(descriptor.Implementation))
                CheckFurther((IChecksInputs)Activator.CreateInstance(descriptor.Implementation)!, inputs);
        }
        if (inputs is not null && inputs.Kind != JsonValueKind.Null)
            return;
        foreach (ShapeProperty missing in shape.Properties.Values.Where(p => p.Required))
            problems.Error("PIPE-006", activity.Node, $"activity \"{activity.Name}\" needs input \"{missing.Name}\" ({missing.Shape.Words})");
    }

    // What only the activity knows.
    private void CheckFurther(IChecksInputs activity, SourceNode inputs)
    {
        foreach (InputProblem problem in activity.Check(problems.File.Element(inputs), input => input.ValueKind == JsonValueKind.String ? _expressions.OutputOf(input.GetString()!) : null))
            problems.Error(problem.Code, inputs.Nearest(problem.Path), problem.Message);
    }

    private void CheckInputExpression(SourceNode node, Shape wanted) => _expressions.CheckString(node, ExpressionPlace.Inputs, wanted);

    private void CheckDependsOn(NamedActivity activity)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (SourceNode needed in PipelineNames.Items(activity.Node.Find("dependsOn")))
        {
            if (needed.Text is not { } name)
                continue; // Not a string: reported with the shape.
            if (names.FindActivity(name) is not { } index)
                problems.Error("PIPE-014", needed, $"there is no activity \"{name}\"", problems.Hint(name, _expressions.ActivityNames));
            else if (!seen.Add(name))
                problems.Warning("PIPE-029", needed, $"\"{name}\" is listed twice");
            else
                graph.Add(_current, index, needed);
        }
    }

    private void CheckWhen(SourceNode? when)
    {
        if (when?.Text is not { } text)
            return;
        if (TemplateText.Split(text, out ExpressionError? error) is not [{ IsCode: true }] && error is null)
            problems.Error("PIPE-024", when, "a condition is exactly one expression", "Write \"when\": \"${{ … }}\".");
        else
            _expressions.CheckString(when, ExpressionPlace.When, ShapeOf.Get(typeof(bool)));
    }

    private void CheckForEach(NamedActivity activity)
    {
        SourceNode? list = activity.Node.Find("forEach");
        switch (list?.Kind)
        {
            case null or JsonValueKind.Null:
                if (activity.Node.Find("maxParallel") is { Kind: not JsonValueKind.Null } bound)
                    problems.NameError("PIPE-024", bound, "\"maxParallel\" is for activities with forEach", "Give the activity \"forEach\", or remove it.");
                break;
            case JsonValueKind.Array:
                _expressions.Check(list, ExpressionPlace.ForEach);
                break;
            case JsonValueKind.String when TemplateText.HasExpression(list.Text!):
                _expressions.CheckString(list, ExpressionPlace.ForEach, ShapeOf.Get(typeof(JsonElement[])));
                break;
            default:
                problems.Error("PIPE-024", list, "\"forEach\" must be a list or one expression that gives a list", "Write \"forEach\": \"${{ … }}\".");
                break;
        }
    }
}
