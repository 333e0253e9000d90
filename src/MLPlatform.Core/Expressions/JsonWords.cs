using System.Text.Json;

namespace MLPlatform.Core.Expressions;

/// <summary>JSON values in words for messages.</summary>
internal static class JsonWords
{
    public static string Kind(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };

    /// <summary>Short values as they are, long ones by their kind.</summary>
    public static string Describe(JsonElement value)
    {
        string text = value.ValueKind == JsonValueKind.Undefined ? "nothing" : value.GetRawText();
        return text.Length <= 60 ? text : Kind(value.ValueKind);
    }
}
