using System.Globalization;
using System.Text.Json;

namespace MLPlatform.Server.Problems;

/// <summary>What is wrong with JSON that somebody sent. The serializer's own message names .NET types; what people need is where it stopped.</summary>
public static class JsonTrouble
{
    private const string Missing = "was missing required properties including: ";

    public static string Words(JsonException json)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}");
        bool whole = json.Path is null or "$";
        if (json.Message.Contains("could not be mapped", StringComparison.Ordinal))
            return $"{json.Path} is not a known field ({where}).";
        if (json.Message.IndexOf(Missing, StringComparison.Ordinal) is >= 0 and int at)
            return $"{(whole ? "it" : json.Path)} lacks {json.Message[(at + Missing.Length)..].Split(" Path:")[0].TrimEnd('.')} ({where}).";
        if (whole && json.Message.Contains("could not be converted", StringComparison.Ordinal))
            return $"the whole has the wrong type ({where}).";
        if (whole || json.Message.Contains("is an invalid", StringComparison.Ordinal))
            return $"{json.Message.Split(" Path:")[0].Split(" LineNumber:")[0]} ({where})";
        return $"{json.Path} has the wrong type or value ({where}).";
    }
}
