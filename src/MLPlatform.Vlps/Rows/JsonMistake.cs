using System.Text.Json;

namespace MLPlatform.Vlps.Rows;

/// <summary>Mistakes in JSON in words for a person: those of the reader name types of this program.</summary>
public static class JsonMistake
{
    public static string Words(JsonException mistake)
    {
        string text = mistake.Message, at = mistake.Path is { Length: > 1 } path ? $" at {path}" : "";
        foreach (string place in new[] { " Path: ", " LineNumber: " })
            text = text.Split(place)[0];
        text = text.TrimEnd('.');
        return After(text, "missing required properties including: ") is { } missing ? $"{missing} is missing{at}"
            : text.Contains("could not be mapped", StringComparison.Ordinal) ? $"there is no {text.Split('\'')[1]}{at}"
            : text.Contains("MLPlatform.", StringComparison.Ordinal) || text.Contains("System.", StringComparison.Ordinal) ? $"the value{at} is not of the kind that it must be"
            : mistake.LineNumber is { } line ? FormattableString.Invariant($"{text}, in line {line + 1}") : text;
    }

    private static string? After(string text, string words) =>
        text.IndexOf(words, StringComparison.Ordinal) is >= 0 and var at ? text[(at + words.Length)..] : null;
}
