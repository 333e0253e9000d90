using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Labels;

/// <summary>Checks answers and writes them one way only, so that equal answers are equal text.</summary>
public static class LabelValue
{
    /// <summary>Most parts of one answer: spans or boxes.</summary>
    public const int MostParts = 10_000;

    /// <summary>The answer in its canonical form, or what is wrong with it.</summary>
    public static (string? Canonical, string? Problem) Check(LabelQuestion question, JsonElement answer)
    {
        try
        {
            JsonNode value = question.Kind switch
            {
                LabelKind.Classification => new JsonObject { ["choice"] = Label(question, Only(answer, "choice")) },
                LabelKind.MultiLabel => MultiLabel(question, Only(answer, "choices")),
                LabelKind.Pairwise => new JsonObject { ["prefer"] = OneOf(["a", "b", "tie"], Only(answer, "prefer")) },
                LabelKind.Span => Parts(question, Only(answer, "spans"), "spans", ["start", "end"]),
                _ => Parts(question, Only(answer, "boxes"), "boxes", ["x", "y", "width", "height"]),
            };
            return (value.ToJsonString(ActivityJson.Options), null);
        }
        catch (FormatException problem)
        {
            return (null, problem.Message);
        }
    }

    /// <summary>The same for an answer as text: JSON, or the bare choice where there is one.</summary>
    public static (string? Canonical, string? Problem) CheckText(LabelQuestion question, string text)
    {
        if (question.Kind is LabelKind.Classification or LabelKind.Pairwise && !text.TrimStart().StartsWith('{'))
        {
            var choice = new JsonObject { [question.Kind == LabelKind.Pairwise ? "prefer" : "choice"] = text };
            return Check(question, JsonSerializer.SerializeToElement(choice, ActivityJson.Options));
        }
        try
        {
            return Check(question, JsonElement.Parse(text));
        }
        catch (JsonException problem)
        {
            return (null, $"It is no JSON: {problem.Message}");
        }
    }

    /// <summary>What stands in the label column of a table: the bare choice where there is one, else the canonical JSON.</summary>
    public static string Column(LabelKind kind, string canonical) => kind switch
    {
        LabelKind.Classification => JsonElement.Parse(canonical).GetProperty("choice").GetString()!,
        LabelKind.Pairwise => JsonElement.Parse(canonical).GetProperty("prefer").GetString()!,
        _ => canonical,
    };

    private static JsonElement Only(JsonElement answer, string name)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty(name, out JsonElement value) || answer.EnumerateObject().Count() != 1)
            throw new FormatException($"The answer must be an object with '{name}' and nothing else.");
        return value;
    }

    private static string Label(LabelQuestion question, JsonElement value) => OneOf(question.Labels, value);

    private static string OneOf(IReadOnlyList<string> known, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && known.Contains(value.GetString()!, StringComparer.Ordinal)
            ? value.GetString()!
            : throw new FormatException($"{Shown(value)} is not one of {string.Join(", ", known.Take(20).Select(k => $"'{k}'"))}.");

    private static JsonObject MultiLabel(LabelQuestion question, JsonElement value)
    {
        HashSet<string> chosen = [.. Items(value, "choices").Select(v => Label(question, v))];
        return new JsonObject { ["choices"] = new JsonArray([.. question.Labels.Where(chosen.Contains).Select(l => (JsonNode)l)]) };
    }

    private static JsonObject Parts(LabelQuestion question, JsonElement value, string name, string[] numbers)
    {
        var parts = Items(value, name).Select(part => (Numbers: Numbers(part, numbers), Label: Label(question, Field(part, "label", numbers.Length + 1)))).ToList();
        parts.Sort((a, b) => Compare(a.Numbers, b.Numbers) is var order and not 0 ? order : string.CompareOrdinal(a.Label, b.Label));
        var list = new JsonArray();
        foreach ((double[] at, string label) in parts)
        {
            var part = new JsonObject();
            for (int i = 0; i < numbers.Length; i++)
                part[numbers[i]] = at[i];
            part["label"] = label;
            list.Add((JsonNode)part);
        }
        return new JsonObject { [name] = list };
    }

    private static double[] Numbers(JsonElement part, string[] names)
    {
        double[] at = [.. names.Select(n => Field(part, n, names.Length + 1) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out double value)
            ? value : throw new FormatException($"'{n}' must be a number."))];
        bool span = names.Length == 2;
        if (span ? at.Any(v => v != Math.Floor(v) || v > int.MaxValue) || at[0] < 0 || at[1] <= at[0]
                : at.Any(v => v is < 0 or > 100) || at[0] + at[2] > 100.000001 || at[1] + at[3] > 100.000001)
            throw new FormatException(span ? "A span needs whole offsets with 0 <= start < end." : "A box is in percent of the picture and lies inside it.");
        return at;
    }

    private static JsonElement Field(JsonElement part, string name, int fields) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty(name, out JsonElement value) && part.EnumerateObject().Count() == fields
            ? value : throw new FormatException($"Each part needs '{name}', and nothing that was not asked for.");

    private static List<JsonElement> Items(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.Array)
            throw new FormatException($"'{name}' must be a list.");
        return value.GetArrayLength() <= MostParts ? [.. value.EnumerateArray()] : throw new FormatException($"'{name}' has more than {MostParts} parts.");
    }

    private static int Compare(double[] a, double[] b) => a.Zip(b, (x, y) => x.CompareTo(y)).FirstOrDefault(order => order != 0);

    private static string Shown(JsonElement value) => value.GetRawText() is { Length: <= 60 } text ? text : "The value";
}
