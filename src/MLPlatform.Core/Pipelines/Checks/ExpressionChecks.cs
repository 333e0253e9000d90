using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Shapes;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>Expressions in their places: whether they can be read, whether what they refer to is there, and whether it fits.</summary>
internal sealed class ExpressionChecks(PipelineNames names, DiagnosticList problems, ActivityGraph? graph)
{
    private readonly Dictionary<string, ExpressionSyntax> _parsed = new(StringComparer.Ordinal);

    /// <summary>The activity that the expressions belong to.</summary>
    public int Activity { get; set; }

    public IReadOnlyList<string> ActivityNames { get; } = [.. names.Activities.Select(a => a.Name)];

    /// <summary>Checks every string of a value in which anything may stand.</summary>
    public void Check(SourceNode node, ExpressionPlace place)
    {
        if (node.Text is not null)
            CheckString(node, place, null);
        foreach (SourceNode child in node.Children)
            Check(child, place);
    }

    /// <param name="wanted">What the place takes, or null for anything.</param>
    public void CheckString(SourceNode node, ExpressionPlace place, Shape? wanted)
    {
        if (!TemplateText.HasExpression(node.Text!))
            return;
        IReadOnlyList<TemplatePart> parts = TemplateText.Split(node.Text!, out ExpressionError? error);
        if (error is not null)
            problems.ErrorInString(error.Code, node, error.Position, error.Message, error.Hint);
        foreach (TemplatePart part in parts.Where(p => p.IsCode))
        {
            ExpressionSyntax syntax = Parse(part.Text);
            foreach (ExpressionError wrong in syntax.Errors)
                problems.ErrorInString(wrong.Code, node, part.Start + wrong.Position, wrong.Message, wrong.Hint);
            foreach (Reference reference in syntax.References)
                CheckReference(node, reference, part.Start + reference.Position, place);
        }
        if (wanted is null || error is not null)
            return;
        Shape? given = parts is [{ IsCode: true } only] ? ExpressionTypes.Of(Parse(only.Text), names) : ShapeOf.Get(typeof(string));
        if (given is not null && !ExpressionTypes.Fits(given, wanted))
            problems.Error("PIPE-023", node, $"this gives {given.Words}, and here {wanted.Words} is wanted");
    }

    /// <summary>The output that a string gives, where it is exactly one output of an activity that runs once.</summary>
    public WrittenOutput? OutputOf(string text)
    {
        if (TemplateText.Split(text, out _) is not [{ IsCode: true } only]
            || Parse(only.Text).Path is not [ScopeNames.Activities, string name, "outputs", string output] || names.FindActivity(name) is not { } index)
            return null;
        NamedActivity activity = names.Activities[index];
        return activity is { Descriptor: { } descriptor, FansOut: false } && activity.Node.Find("inputs") is { Kind: JsonValueKind.Object } inputs
            ? new WrittenOutput(descriptor.Type, output, problems.File.Element(inputs)) : null;
    }

    private ExpressionSyntax Parse(string code)
    {
        if (!_parsed.TryGetValue(code, out ExpressionSyntax? syntax))
            _parsed[code] = syntax = ExpressionSyntax.Parse(code);
        return syntax;
    }

    private void CheckReference(SourceNode node, Reference reference, int at, ExpressionPlace place)
    {
        if (ExpressionPlaces.WhyNot(reference, place, place == ExpressionPlace.Inputs && names.Activities[Activity].FansOut) is { } why)
        {
            problems.ErrorInString("PIPE-019", node, at, why, null);
            return;
        }
        switch (reference.Kind)
        {
            case ReferenceKind.Parameter when reference.Name.Length > 0 && !names.Parameters.ContainsKey(reference.Name):
                problems.ErrorInString("PIPE-016", node, at, $"there is no parameter \"{reference.Name}\"",
                    problems.Hint(reference.Name, names.Parameters.Keys) ?? "Declare it under \"parameters\".");
                break;
            case ReferenceKind.Run when reference.Name is not ("" or "id" or "pipeline"):
                problems.ErrorInString("PIPE-016", node, at, $"a run has no \"{reference.Name}\"", problems.Hint(reference.Name, ["id", "pipeline"]));
                break;
            case ReferenceKind.Output or ReferenceKind.Status:
                CheckActivity(node, reference, at, place);
                break;
        }
    }

    private void CheckActivity(SourceNode node, Reference reference, int at, ExpressionPlace place)
    {
        if (names.FindActivity(reference.Name) is not { } index)
        {
            problems.ErrorInString("PIPE-014", node, at, $"there is no activity \"{reference.Name}\"", problems.Hint(reference.Name, ActivityNames));
            return;
        }
        if (place != ExpressionPlace.Outputs)
            graph?.Add(Activity, index, node);
        NamedActivity activity = names.Activities[index];
        if (reference.Member is null || activity.Descriptor?.OutputsType is not { } outputs)
            return;
        Shape shape = ShapeOf.Get(outputs);
        if (shape.Kind != ShapeKind.Members || shape.Variants.Count > 0 || shape.Properties.ContainsKey(reference.Member))
            return;
        string said = $"activity \"{reference.Name}\" ({activity.Descriptor.Type}) has no output \"{reference.Member}\"";
        if (shape.Properties.Count == 0)
            problems.ErrorInString("PIPE-015", node, at, $"{said}: it has none at all", $"\"dependsOn\" waits for it, and activities.{reference.Name}.status tells how it ended.");
        else
            problems.ErrorInString("PIPE-015", node, at, said, problems.Hint(reference.Member, shape.Properties.Keys));
    }
}
