using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Source;
using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>Whether declarations of parameters agree with themselves.</summary>
internal static class ParameterChecks
{
    public static void Check(SourceNode root, PipelineNames names, DiagnosticList problems)
    {
        ExpressionChecks expressions = new(names, problems, null);
        foreach (SourceNode parameter in PipelineNames.Members(root.Find("parameters")))
        {
            if (parameter.Find("default") is { } usual)
                expressions.Check(usual, ExpressionPlace.Default);
            if (names.Parameters[parameter.Name!] is { } type)
                CheckDeclaration(parameter, type, problems);
        }
    }

    private static void CheckDeclaration(SourceNode parameter, ParameterType type, DiagnosticList problems)
    {
        if (parameter.Find("format") is { } format && type != ParameterType.String)
            problems.NameError("PIPE-020", format, $"a {ParameterValue.Word(type)} has no format", "Only strings do.");
        foreach (string bound in (string[])["minimum", "maximum"])
        {
            if (parameter.Find(bound) is not { } node)
                continue;
            if (!ParameterValue.IsOrdered(type))
                problems.NameError("PIPE-020", node, $"a {ParameterValue.Word(type)} has no {bound}", "Only numbers and dates do.");
            else if (!ParameterValue.IsOfType(problems.File.Element(node), type) && !ParameterValue.IsOfType(problems.File.Element(node), ParameterType.Number))
                problems.Error("PIPE-020", node, $"\"{bound}\" must be {ParameterValue.Wanted(type)}");
        }
        foreach (SourceNode value in PipelineNames.Items(parameter.Find("enum")))
        {
            if (!ParameterValue.IsOfType(problems.File.Element(value), type))
                problems.Error("PIPE-020", value, $"the values of this parameter are each {ParameterValue.Wanted(type)}");
        }
        if (parameter.Find("default") is not { } usual)
            return;
        if (usual.Kind == JsonValueKind.Null)
        {
            problems.Error("PIPE-020", usual, "a default of null says nothing", "Write \"required\": false for a parameter that may be left out.");
            return;
        }
        if (parameter.Find("required") is { Kind: JsonValueKind.True } required)
            problems.Error("PIPE-020", required, "a parameter with a default never must be given", "Remove the default, or \"required\".");
        JsonElement given = problems.File.Element(usual);
        if (!IsText(given)) // Half of a surrogate pair: that is told already, and nobody can read it.
            return;
        if (ExpressionTemplate.HasExpressions(given) || Read(parameter, problems) is not { } declared)
            return;
        if (ParameterValue.Problem(ParameterValue.Coerce(given, type), declared) is { } problem)
            problems.Error("PIPE-020", usual, $"the default {problem}");
    }

    private static bool IsText(JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString() is not null,
                JsonValueKind.Array => value.EnumerateArray().All(IsText),
                JsonValueKind.Object => value.EnumerateObject().All(p => p.Name is not null && IsText(p.Value)),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static ParameterDeclaration? Read(SourceNode parameter, DiagnosticList problems)
    {
        try
        {
            ParameterDeclaration? declared = problems.File.Element(parameter).Deserialize<ParameterDeclaration>(ActivityJson.Options);
            bool boundsFit = declared is not null && Fits(declared.Minimum, declared.Type) && Fits(declared.Maximum, declared.Type);
            return boundsFit ? declared : null;
        }
        catch (JsonException)
        {
            return null; // Its shape is wrong, which has been reported.
        }
    }

    private static bool Fits(JsonElement? bound, ParameterType type) => bound is not { } value || ParameterValue.IsOfType(value, type)
        || (type is ParameterType.Integer && ParameterValue.IsOfType(value, ParameterType.Number));
}
