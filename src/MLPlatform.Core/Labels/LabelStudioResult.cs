using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Labels;

/// <summary>The <c>result</c> of a Label Studio annotation and our answer: choices, labels (spans), pairwise and rectanglelabels.</summary>
internal static class LabelStudioResult
{
    public static JsonArray Write(LabelKind kind, LabelItem item, JsonObject answer) => kind switch
    {
        LabelKind.Classification => [Region("choices", new JsonObject { ["choices"] = new JsonArray(answer["choice"]!.DeepClone()) })],
        LabelKind.MultiLabel => [Region("choices", new JsonObject { ["choices"] = answer["choices"]!.DeepClone() })],
        LabelKind.Pairwise => [Region("pairwise", new JsonObject { ["selected"] = Side(answer["prefer"]!.GetValue<string>()) })],
        LabelKind.Span => Parts(answer, "spans", part => Region("labels", Span(item, part), "text")),
        _ => Parts(answer, "boxes", part => Region("rectanglelabels", Box(part))),
    };

    /// <exception cref="FormatException">The result says something that an answer of this kind cannot.</exception>
    public static JsonElement Read(LabelKind kind, List<JsonElement> result)
    {
        string type = kind switch
        {
            LabelKind.Classification or LabelKind.MultiLabel => "choices",
            LabelKind.Pairwise => "pairwise",
            LabelKind.Span => "labels",
            _ => "rectanglelabels",
        };
        if (result.FirstOrDefault(r => Text(r, "type") != type) is { ValueKind: not JsonValueKind.Undefined } other)
            throw new FormatException($"a result is of type '{Text(other, "type")}'; this batch takes '{type}'.");
        if (kind is LabelKind.Classification or LabelKind.MultiLabel or LabelKind.Pairwise && result.Count != 1)
            throw new FormatException($"an annotation has {result.Count} results of type '{type}'; this batch takes one.");
        List<JsonElement> values = [.. result.Select(r => r.TryGetProperty("value", out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? value : throw new FormatException("a result has no 'value'."))];
        JsonNode answer = kind switch
        {
            LabelKind.Classification => new JsonObject { ["choice"] = One(values[0], "choices") },
            LabelKind.MultiLabel => new JsonObject { ["choices"] = Node(values[0], "choices") },
            LabelKind.Pairwise => new JsonObject { ["prefer"] = Text(values[0], "selected") switch { "left" => "a", "right" => "b", "tie" => "tie", var side => throw new FormatException($"'{side}' is no side.") } },
            LabelKind.Span => List("spans", values, v => Fields(v, ["start", "end"], "labels")),
            _ => List("boxes", values, v => Rotated(v) ? throw new FormatException("a box is rotated.") : Fields(v, ["x", "y", "width", "height"], "rectanglelabels")),
        };
        return JsonSerializer.SerializeToElement(answer);
    }

    private static JsonObject Region(string type, JsonObject value, string? shown = null) =>
        new() { ["from_name"] = LabelStudio.Control, ["to_name"] = shown ?? LabelStudio.Shown, ["type"] = type, ["value"] = value };

    private static JsonArray Parts(JsonObject answer, string name, Func<JsonObject, JsonObject> region)
    {
        JsonArray regions = [];
        foreach (JsonNode? part in answer[name]!.AsArray())
        {
            JsonObject made = region(part!.AsObject());
            made["id"] = $"{name[0]}{regions.Count}";
            regions.Add((JsonNode)made);
        }
        return regions;
    }

    private static JsonObject Span(LabelItem item, JsonObject part)
    {
        var value = new JsonObject { ["start"] = part["start"]!.DeepClone(), ["end"] = part["end"]!.DeepClone(), ["labels"] = new JsonArray(part["label"]!.DeepClone()) };
        (int start, int end) = ((int)part["start"]!.GetValue<double>(), (int)part["end"]!.GetValue<double>());
        // Label Studio shows the text of a span; which column it is about is certain only where one of them is a text.
        if (JsonNode.Parse(item.DataJson)!.AsObject().Where(p => p.Value?.GetValueKind() == JsonValueKind.String).ToList() is [var only]
            && only.Value!.GetValue<string>() is var text && end <= text.Length)
            value["text"] = text[start..end];
        return value;
    }

    private static JsonObject Box(JsonObject part)
    {
        var value = new JsonObject();
        foreach (string name in new[] { "x", "y", "width", "height" })
            value[name] = part[name]!.DeepClone();
        value["rotation"] = 0;
        value["rectanglelabels"] = new JsonArray(part["label"]!.DeepClone());
        return value;
    }

    private static JsonObject Fields(JsonElement value, string[] numbers, string labels)
    {
        var part = new JsonObject();
        foreach (string name in numbers)
            part[name] = Node(value, name);
        part["label"] = One(value, labels);
        return part;
    }

    private static JsonObject List(string name, List<JsonElement> values, Func<JsonElement, JsonObject> part) =>
        new() { [name] = new JsonArray([.. values.Select(v => (JsonNode)part(v))]) };

    private static JsonNode? One(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 1
            ? JsonNode.Parse(list[0].GetRawText()) : throw new FormatException($"'{name}' does not hold exactly one label.");

    private static JsonNode? Node(JsonElement value, string name) =>
        value.TryGetProperty(name, out JsonElement found) ? JsonNode.Parse(found.GetRawText()) : throw new FormatException($"a value has no '{name}'.");

    private static bool Rotated(JsonElement value) => value.TryGetProperty("rotation", out JsonElement r) && r.ValueKind == JsonValueKind.Number && r.GetDouble() != 0;

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Side(string prefer) => prefer switch { "a" => "left", "b" => "right", _ => prefer };
}
