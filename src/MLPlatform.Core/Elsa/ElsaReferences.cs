using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MLPlatform.Core.Expressions;

namespace MLPlatform.Core.Elsa;

/// <summary>What the expressions of a pipeline refer to.</summary>
internal static partial class ElsaReferences
{
    /// <summary>The outputs and states of other activities that an activity's own values name, in their order.</summary>
    public static List<Reference> OfActivity(JsonObject declaration)
    {
        List<Reference> found = [];
        foreach (string place in new[] { "inputs", "when", "forEach" })
            Collect(declaration[place], found);
        return found;
    }

    public static List<Reference> OfValue(JsonNode? value)
    {
        List<Reference> found = [];
        Collect(value, found);
        return found;
    }

    /// <summary>The one output that a value is, where it is nothing else and written the usual way.</summary>
    public static OutputReference? Whole(JsonNode? value) =>
        value.Text() is { } text && TemplateText.HasExpression(text) && OfValue(value) is [{ Kind: ReferenceKind.Output, Member: { } member } only]
            && text == Write(new OutputReference(only.Name, member)) ? new OutputReference(only.Name, member) : null;

    public static string Write(OutputReference output) => $"${{{{ activities{Step(output.Activity)}.outputs{Step(output.Output)} }}}}";

    public static string WriteParameter(string name) => $"${{{{ parameters{Step(name)} }}}}";

    private static string Step(string name) => Identifier().IsMatch(name) ? "." + name : $"['{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}']";

    private static void Collect(JsonNode? node, List<Reference> found)
    {
        switch (node)
        {
            case JsonObject members:
                foreach ((_, JsonNode? member) in members)
                    Collect(member, found);
                break;
            case JsonArray items:
                foreach (JsonNode? item in items)
                    Collect(item, found);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String && TemplateText.HasExpression(value.GetValue<string>()):
                found.AddRange(ExpressionTemplate.Parse(value.GetValue<string>()).References.Where(r => r.Kind is ReferenceKind.Output or ReferenceKind.Status));
                break;
        }
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
