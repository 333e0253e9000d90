using System.Text.Json;

namespace MLPlatform.Server.Pipelines;

/// <summary>Where the designer put things. It lies beside the definition: a moved node changes no line of that.</summary>
internal static class LayoutText
{
    private const int Longest = 1 << 20;

    /// <summary>Why a text is no layout, or null.</summary>
    public static string? Wrong(string text)
    {
        if (text.Length > Longest)
            return $"a layout has at most {Longest} characters";
        try
        {
            using JsonDocument layout = JsonDocument.Parse(text);
            return layout.RootElement.ValueKind == JsonValueKind.Object ? null : "a layout is one JSON object";
        }
        catch (JsonException)
        {
            return "the layout is not JSON";
        }
    }
}
