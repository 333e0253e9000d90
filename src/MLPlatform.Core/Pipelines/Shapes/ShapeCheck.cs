using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Shapes;

/// <summary>Compares values of a file with the shape of the type they stand for, and reports every difference.</summary>
/// <param name="whole">What the fields belong to, for messages: "a pipeline", "activity type data.clean".</param>
/// <param name="onExpression">Told of each string with an expression and what is wanted in its place; null where no expression may stand.</param>
internal sealed class ShapeCheck(DiagnosticList problems, string whole, Action<SourceNode, Shape>? onExpression)
{
    public void Check(SourceNode node, Shape shape, bool nullable = false, bool itemNullable = false)
    {
        if (node.Kind == JsonValueKind.Null)
        {
            if (!nullable && !shape.Nullable)
                Wrong(node, shape);
            return;
        }
        if (onExpression is not null && node.Text is not null && TemplateText.HasExpression(node.Text))
        {
            onExpression(node, shape);
            return;
        }
        switch (shape.Kind)
        {
            case ShapeKind.Any:
                CheckAny(node, shape);
                break;
            case ShapeKind.Members:
                CheckMembers(node, shape);
                break;
            case ShapeKind.Items or ShapeKind.Map:
                if (node.Kind != (shape.Kind == ShapeKind.Items ? JsonValueKind.Array : JsonValueKind.Object))
                    Wrong(node, shape);
                else
                    CheckAll(node, shape.Item!, itemNullable);
                break;
            case ShapeKind.Artifact:
                CheckArtifact(node, shape);
                break;
            default:
                CheckSimple(node, shape);
                break;
        }
    }

    private void CheckAll(SourceNode node, Shape each, bool nullable = false)
    {
        foreach (SourceNode child in node.Children)
            Check(child, each, nullable);
    }

    // Nothing is wanted of the value itself, but there may be expressions inside.
    private void CheckAny(SourceNode node, Shape any)
    {
        if (onExpression is not null)
            CheckAll(node, any);
    }

    private void CheckMembers(SourceNode node, Shape shape)
    {
        if (node.Kind != JsonValueKind.Object)
        {
            Wrong(node, shape);
            return;
        }
        if (shape.Variants.Count > 0)
        {
            if (Variant(node, shape) is not { } variant)
                return;
            shape = variant;
        }
        foreach (SourceNode child in node.Children)
        {
            if (shape.Properties.TryGetValue(child.Name!, out ShapeProperty? property))
                CheckProperty(child, property);
            else if (child.Name != shape.Discriminator)
                problems.NameError("PIPE-005", child, $"{Owner(node)} has no \"{child.Name}\"", problems.Hint(child.Name!, shape.Properties.Keys));
        }
        foreach (ShapeProperty missing in shape.Properties.Values.Where(p => p.Required && node.Find(p.Name) is null))
            problems.Error("PIPE-006", node, $"{Owner(node)} needs \"{missing.Name}\" ({missing.Shape.Words})");
    }

    private Shape? Variant(SourceNode node, Shape shape)
    {
        SourceNode? type = node.Find(shape.Discriminator!);
        if (type is null && !shape.Type.IsAbstract)
            return shape;
        if (type?.Text is { } word && shape.Variants.TryGetValue(word, out Shape? variant))
            return variant;
        if (type is null)
            problems.Error("PIPE-006", node, $"{Owner(node)} needs \"{shape.Discriminator}\"", problems.Hint("", shape.Variants.Keys));
        else
            problems.Error("PIPE-007", type, $"\"{shape.Discriminator}\" must be one of {string.Join(", ", shape.Variants.Keys.Select(k => $"\"{k}\""))}",
                type.Text is null ? null : problems.Hint(type.Text, shape.Variants.Keys));
        return null;
    }

    private void CheckProperty(SourceNode node, ShapeProperty property)
    {
        int before = problems.Errors;
        Check(node, property.Shape, property.Nullable, property.ItemNullable);
        if (property.Rules.Count == 0 || problems.Errors > before || node.Kind == JsonValueKind.Null || HoldsExpression(node))
            return;
        object? value;
        try
        {
            value = problems.File.Element(node).Deserialize(property.Shape.Type, ActivityJson.Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException or FormatException)
        {
            problems.Error("PIPE-004", node, $"\"{property.Name}\" cannot be read: {e.Message}");
            return;
        }
        foreach (var rule in property.Rules)
        {
            if (!rule.IsValid(value))
                problems.Error("PIPE-008", node, Bound(rule.FormatErrorMessage($"\"{property.Name}\"")));
        }
    }

    private static string Bound(string message) =>
        message.StartsWith("The field ", StringComparison.Ordinal) ? message["The field ".Length..].TrimEnd('.') : message.TrimEnd('.');

    private bool HoldsExpression(SourceNode node) => onExpression is not null
        && ((node.Text is not null && TemplateText.HasExpression(node.Text)) || node.Children.Any(HoldsExpression));

    private void CheckArtifact(SourceNode node, Shape shape)
    {
        if (node.Kind != JsonValueKind.Object)
            problems.Error("PIPE-004", node, $"this must be an artifact, not {JsonWords.Kind(node.Kind)}", "Refer to another activity's output: \"${{ activities.NAME.outputs.OUTPUT }}\".");
        else
            TryRead(node, shape);
    }

    private void CheckSimple(SourceNode node, Shape shape)
    {
        bool isText = node.Kind == JsonValueKind.String;
        switch (shape.Kind)
        {
            case ShapeKind.Choice when isText:
                if (!shape.Choices.Contains(node.Text))
                    problems.Error("PIPE-007", node, $"this must be {shape.Words}, not \"{node.Text}\"", Near(node.Text!, shape.Choices));
                break;
            case ShapeKind.Duration when isText:
                if (!IsoDuration.TryParse(node.Text!, out _))
                    problems.Error("PIPE-009", node, $"\"{node.Text}\" is not an ISO 8601 duration", $"Write one such as \"{IsoDuration.Example}\" or \"P1D\"; years and months have no fixed length.");
                break;
            case ShapeKind.Quantity when isText || node.Kind == JsonValueKind.Number:
                if (!TryConverter(node, shape))
                    problems.Error("PIPE-010", node, $"{problems.File.Element(node).GetRawText()} is not a quantity", "Write one such as 2, \"500m\" or \"8Gi\".");
                break;
            case ShapeKind.Instant when isText:
                if (!DateTimeOffset.TryParse(node.Text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) || !TryConverter(node, shape))
                    problems.Error("PIPE-011", node, $"\"{node.Text}\" is not an instant", "Write one such as \"2025-03-01T06:00:00Z\".");
                break;
            case ShapeKind.Day when isText:
                if (!TryConverter(node, shape))
                    problems.Error("PIPE-011", node, $"\"{node.Text}\" is not a date", "Write one such as \"2025-03-01\".");
                break;
            case ShapeKind.Text when isText:
            case ShapeKind.Truth when node.Kind is JsonValueKind.True or JsonValueKind.False:
                TryReadText(node, shape);
                break;
            case ShapeKind.Number or ShapeKind.Whole when node.Kind == JsonValueKind.Number:
                if (!TryConverter(node, shape))
                    problems.Error("PIPE-004", node, shape.Kind == ShapeKind.Whole
                        ? $"this must be an integer that fits, not {problems.File.Element(node).GetRawText()}" : "this number is too large");
                break;
            case ShapeKind.Custom:
                TryRead(node, shape);
                break;
            default:
                Wrong(node, shape);
                break;
        }
    }

    private void TryReadText(SourceNode node, Shape shape)
    {
        if (shape.Type != typeof(string) && shape.Type != typeof(bool))
            TryRead(node, shape);
    }

    private bool TryConverter(SourceNode node, Shape shape)
    {
        try
        {
            problems.File.Element(node).Deserialize(shape.Type, ActivityJson.Options);
            return true;
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            return false;
        }
    }

    private void TryRead(SourceNode node, Shape shape)
    {
        if (HoldsExpression(node))
            return;
        try
        {
            problems.File.Element(node).Deserialize(shape.Type, ActivityJson.Options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException or FormatException)
        {
            int cut = e.Message.IndexOf(" Path:", StringComparison.Ordinal);
            problems.Error("PIPE-004", node, $"this cannot be read: {(cut < 0 ? e.Message : e.Message[..cut])}");
        }
    }

    private void Wrong(SourceNode node, Shape shape)
    {
        bool expression = node.Text is not null && TemplateText.HasExpression(node.Text);
        problems.Error("PIPE-004", node, $"this must be {shape.Words}, not {JsonWords.Kind(node.Kind)}",
            expression ? "Expressions are evaluated in inputs, when, forEach, parameter defaults and outputs only." : null);
    }

    private string Owner(SourceNode node) => node.Parent is null || node.Name is null or "inputs" && onExpression is not null ? whole
        : node.Name is null ? $"\"{node.Parent.Name}[{node.Index}]\""
        : $"\"{node.Name}\"";

    private static string? Near(string wrong, IReadOnlyList<string> words) =>
        Names.Nearest(wrong, words) is { } near ? $"Did you mean \"{near}\"?" : null;
}
