using System.Runtime.InteropServices;
using System.Text.Json;

namespace MLPlatform.Core.Expressions;

/// <summary>
/// A JSON value that may hold <c>${{ }}</c> expressions, parsed once and evaluated often. A string that is one
/// expression takes its value's type; otherwise the values are put into the text.
/// </summary>
public sealed class ExpressionTemplate
{
    private ExpressionTemplate(TemplateNode root, IReadOnlyList<Reference> references, IReadOnlyList<ExpressionError> errors)
    {
        Root = root;
        References = references;
        Errors = errors;
    }

    /// <summary>All that the template reads.</summary>
    public IReadOnlyList<Reference> References { get; }

    /// <summary>Mistakes found without evaluating; a compiled pipeline has none.</summary>
    public IReadOnlyList<ExpressionError> Errors { get; }

    public bool IsConstant => Root is TemplateNode.Constant;

    internal TemplateNode Root { get; }

    /// <summary>Whether any string in the value holds an expression. Costs one scan of the text.</summary>
    public static bool HasExpressions(JsonElement value)
    {
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.String))
            return false;
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(value);
        // The opening may hide behind escapes; then look properly.
        return raw.IndexOf("${{"u8) >= 0 || (raw.IndexOf("\\u"u8) >= 0 && Parse(value) is { IsConstant: false });
    }

    public static ExpressionTemplate Parse(JsonElement value)
    {
        List<Reference> references = [];
        List<ExpressionError> errors = [];
        TemplateNode root = TemplateNode.Parse(value, "$", references, errors);
        return new ExpressionTemplate(root, references, errors);
    }

    /// <summary>A template of one string, such as a <c>when</c>.</summary>
    public static ExpressionTemplate Parse(string text)
    {
        List<Reference> references = [];
        List<ExpressionError> errors = [];
        return new ExpressionTemplate(TemplateNode.ParseString(text, "$", null, references, errors), references, errors);
    }
}

/// <summary>A piece of a template.</summary>
internal abstract record TemplateNode
{
    private TemplateNode() { }

    public sealed record Constant(JsonElement Value) : TemplateNode;

    /// <param name="Place">The JSON path inside the template, for messages.</param>
    public sealed record Code(ExpressionSyntax Syntax, string Place) : TemplateNode;

    public sealed record Text(IReadOnlyList<(string? Literal, Code? Code)> Parts) : TemplateNode;

    public sealed record Members(IReadOnlyList<(string Name, TemplateNode Value)> Values) : TemplateNode;

    public sealed record Items(IReadOnlyList<TemplateNode> Values) : TemplateNode;

    public static TemplateNode Parse(JsonElement value, string place, List<Reference> references, List<ExpressionError> errors)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return ParseString(value.GetString()!, place, value, references, errors);
            case JsonValueKind.Object:
                List<(string, TemplateNode)> members = [];
                foreach (JsonProperty property in value.EnumerateObject())
                    members.Add((property.Name, Parse(property.Value, $"{place}.{property.Name}", references, errors)));
                return members.TrueForAll(m => m.Item2 is Constant) ? new Constant(value) : new Members(members);
            case JsonValueKind.Array:
                List<TemplateNode> items = [];
                foreach (JsonElement item in value.EnumerateArray())
                    items.Add(Parse(item, $"{place}[{items.Count}]", references, errors));
                return items.TrueForAll(i => i is Constant) ? new Constant(value) : new Items(items);
            default:
                return new Constant(value);
        }
    }

    public static TemplateNode ParseString(
        string text, string place, JsonElement? value, List<Reference> references, List<ExpressionError> errors)
    {
        if (!TemplateText.HasExpression(text))
            return new Constant(value ?? JsonSerializer.SerializeToElement(text, ExpressionJson.Default.String));
        List<(string?, Code?)> parts = [];
        IReadOnlyList<TemplatePart> pieces = TemplateText.Split(text, out ExpressionError? error);
        foreach (TemplatePart part in pieces)
        {
            if (!part.IsCode)
            {
                parts.Add((part.Text, null));
                continue;
            }
            ExpressionSyntax syntax = ExpressionSyntax.Parse(part.Text);
            references.AddRange(syntax.References.Select(r => r with { Position = r.Position + part.Start }));
            errors.AddRange(syntax.Errors.Select(e => e with { Position = e.Position + part.Start }));
            parts.Add((null, new Code(syntax, place)));
        }
        if (error is not null)
            errors.Add(error);
        return parts is [(null, { } only)] ? only : new Text(parts);
    }
}
