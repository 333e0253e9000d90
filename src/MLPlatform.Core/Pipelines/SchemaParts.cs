using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Shapes;

namespace MLPlatform.Core.Pipelines;

/// <summary>What the exporter cannot know: descriptions, ranges, our own scalar types, and where an expression may stand.</summary>
internal static class SchemaParts
{
    private const string ExpressionPattern = @"\$\{\{[\s\S]*\}\}";

    public static JsonObject Reference(string part) => new() { ["$ref"] = "#/$defs/" + part };

    public static JsonObject Expression(string description) =>
        new() { ["description"] = description, ["type"] = "string", ["pattern"] = ExpressionPattern };

    public static JsonNode Refine(JsonSchemaExporterContext context, JsonNode node, bool expressions)
    {
        Type type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        bool nullable = type != context.TypeInfo.Type || context.PropertyInfo is { IsSetNullable: true };
        JsonNode refined = Scalar(type, nullable) ?? node;
        // A type that holds itself: what is inside is checked by the compiler.
        if (refined is JsonObject { Count: > 0 } self && self.ContainsKey("$ref"))
            refined = new JsonObject();
        if (refined is JsonObject known)
        {
            AllowNullItems(known, context.PropertyInfo?.AttributeProvider);
            AddRules(known, context.PropertyInfo?.AttributeProvider);
        }
        if (expressions && context.Path.Length > 0 && context.BaseTypeInfo is null)
            refined = OrExpression(refined);
        return Describe(refined, context);
    }

    private static JsonObject? Scalar(Type type, bool nullable) =>
        type == typeof(TimeSpan) ? Text(nullable, IsoDuration.Pattern)
        : type == typeof(Quantity) ? new JsonObject
        {
            ["type"] = nullable ? new JsonArray("number", "string", "null") : new JsonArray("number", "string"),
            ["minimum"] = 0,
            ["pattern"] = Quantity.Pattern,
        }
        : null;

    private static JsonObject Text(bool nullable, string pattern) =>
        new() { ["type"] = nullable ? new JsonArray("string", "null") : "string", ["pattern"] = pattern };

    private static void AllowNullItems(JsonObject schema, ICustomAttributeProvider? declared)
    {
        foreach (string part in new[] { "items", "additionalProperties" })
        {
            if (schema[part] is JsonObject { Count: > 0 } each && NullableItems.Of(declared))
                schema[part] = OrNull(each);
        }
    }

    private static JsonObject OrNull(JsonObject schema)
    {
        schema = schema.DeepClone().AsObject();
        if (schema["type"] is JsonValue type)
            schema["type"] = new JsonArray(type.DeepClone(), "null");
        else if (schema["anyOf"] is JsonArray { Count: > 0 } choices && choices[0]?["type"] is not JsonArray) // A value type says so by itself.
            choices.Add(new JsonObject { ["type"] = "null" });
        return schema;
    }

    private static void AddRules(JsonObject schema, ICustomAttributeProvider? declared)
    {
        foreach (ValidationAttribute rule in declared?.GetCustomAttributes(typeof(ValidationAttribute), true).Cast<ValidationAttribute>() ?? [])
        {
            switch (rule)
            {
                case RangeAttribute { OperandType: var of } range when of != typeof(TimeSpan):
                    AddBound(schema, range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum", range.Minimum);
                    AddBound(schema, range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum", range.Maximum);
                    break;
                case RegularExpressionAttribute pattern:
                    schema["pattern"] = Anchored(pattern.Pattern);
                    break;
                case MinLengthAttribute least:
                    schema[IsList(schema) ? "minItems" : "minLength"] = least.Length;
                    break;
                case MaxLengthAttribute most:
                    schema[IsList(schema) ? "maxItems" : "maxLength"] = most.Length;
                    break;
                case AllowedValuesAttribute values:
                    schema["enum"] = new JsonArray([.. values.Values.Select(v => JsonSerializer.SerializeToNode(v))]);
                    break;
            }
        }
    }

    private static bool IsList(JsonObject schema) => schema.ContainsKey("items");

    // The attribute asks the whole text to match.
    private static string Anchored(string pattern) => pattern.StartsWith('^') ? pattern : $"^(?:{pattern})$";

    // The ends of a type's own range mean "no bound".
    private static void AddBound(JsonObject schema, string name, object bound)
    {
        double value = Convert.ToDouble(bound, CultureInfo.InvariantCulture);
        if (Math.Abs(value) < 1e15)
            schema[name] = value % 1 == 0 ? (long)value : value;
    }

    private static JsonNode OrExpression(JsonNode node)
    {
        bool takesAnyText = node is not JsonObject schema || schema.Count == 0
            || (schema.Count == 1 && schema["type"] is { } type && (type.GetValueKind() == JsonValueKind.String ? (string?)type == "string" : type.AsArray().Any(t => (string?)t == "string")));
        return takesAnyText ? node : new JsonObject { ["anyOf"] = new JsonArray(node, Reference("expression")) };
    }

    private static JsonNode Describe(JsonNode node, JsonSchemaExporterContext context)
    {
        ICustomAttributeProvider? provider = context.PropertyInfo?.AttributeProvider ?? context.TypeInfo.Type;
        string? text = provider.GetCustomAttributes(typeof(DescriptionAttribute), true).OfType<DescriptionAttribute>().FirstOrDefault()?.Description;
        if (text is null)
            return node;
        if (node is not JsonObject schema)
            schema = node.GetValueKind() == JsonValueKind.True ? new JsonObject() : throw new InvalidOperationException("a described schema refuses everything");
        schema.Insert(0, "description", text);
        return schema;
    }
}
