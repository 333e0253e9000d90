using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Expressions;

namespace MLPlatform.Core.Elsa;

/// <summary>Input values in Elsa's wrapping: <c>{ typeName, expression: { type, value } }</c>.</summary>
internal static class ElsaValues
{
    /// <param name="bound">The activity and output where the value is nothing but a reference to one, else null.</param>
    public static JsonObject Wrap(JsonNode? value, OutputReference? bound) => new()
    {
        ["typeName"] = ElsaWords.TypeOf(value),
        ["expression"] = bound is { } output ? Expression("Variable", ElsaVariables.Value(output))
            : value.Text() is { } text && TemplateText.HasExpression(text) ? Expression(ElsaWords.Expression, text)
            : value is null or JsonObject or JsonArray ? Expression("Object", ElsaJson.Line(value))
            : Expression("Literal", value.DeepClone()),
    };

    public static bool IsInput(JsonNode? member) => member is JsonObject wrapped && wrapped["expression"] is JsonObject;

    public static bool IsOutput(JsonNode? member) => member is JsonObject wrapped && wrapped["expression"] is null && wrapped["memoryReference"] is JsonObject;

    /// <summary>The value that a pipeline writes; where there is none, Elsa's expression as it is, and its type.</summary>
    public static (JsonNode? Value, string? Unknown) Unwrap(JsonObject wrapped, Func<JsonNode?, string?> variable, Func<JsonNode?, string?> parameter)
    {
        JsonObject expression = wrapped["expression"]!.AsObject();
        string type = expression["type"].Text() ?? "Literal";
        JsonNode? value = expression["value"];
        return type switch
        {
            "Literal" => (Literal(value, wrapped["typeName"].Text()), null),
            "Object" => (value.Text() is { } text && ElsaJson.TryParse(text, out JsonNode? parsed) ? parsed : value?.DeepClone(), null),
            ElsaWords.Expression when value.Text() is { } code => (TemplateText.HasExpression(code) ? code : $"${{{{ {code.Trim()} }}}}", null),
            "Variable" when variable(value) is { } reference => (reference, null),
            "Input" when parameter(value) is { } reference => (reference, null),
            _ => (expression.DeepClone(), type),
        };
    }

    // What was typed into a form comes back as text, whatever it stands for.
    private static JsonNode? Literal(JsonNode? value, string? typeName)
    {
        if (value.Text() is not { } text || TemplateText.HasExpression(text))
            return value?.DeepClone();
        switch (typeName?.Split(',')[0].Replace("System.", "", StringComparison.Ordinal))
        {
            case "Boolean" when bool.TryParse(text, out bool truth):
                return truth;
            case "Int16" or "Int32" or "Int64" or "Single" or "Double" or "Decimal"
                when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && ElsaJson.TryParse(text.Trim(), out JsonNode? number)
                    && number?.GetValueKind() == JsonValueKind.Number:
                return number;
            default:
                return text;
        }
    }

    private static JsonObject Expression(string type, JsonNode? value) => new() { ["type"] = type, ["value"] = value };
}
