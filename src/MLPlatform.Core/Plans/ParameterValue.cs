using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Plans;

/// <summary>What values a parameter takes.</summary>
internal static class ParameterValue
{
    public static string Print(DateTimeOffset instant) => instant.Offset == TimeSpan.Zero
        ? instant.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture) + "Z"
        : instant.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);

    public static string Word(ParameterType type) => JsonNamingPolicy.CamelCase.ConvertName(type.ToString());

    /// <summary>A string given for another type is read as JSON where it is some.</summary>
    public static JsonElement FromText(JsonElement given, ParameterType type)
    {
        if (given.ValueKind != JsonValueKind.String || type is ParameterType.String or ParameterType.Date or ParameterType.DateTime)
            return given;
        try
        {
            return JsonElement.Parse(given.GetString()!);
        }
        catch (JsonException)
        {
            return given; // It stays what it is, and is refused as a string.
        }
    }

    /// <summary>An instant given for a day is cut to the day it was written with; a day given for an instant begins at midnight, UTC.</summary>
    public static JsonElement Coerce(JsonElement value, ParameterType type)
    {
        if (value.ValueKind != JsonValueKind.String)
            return value;
        string text = value.GetString()!;
        return type switch
        {
            ParameterType.Date when TryInstant(text, out _) => JsonSerializer.SerializeToElement(text[..10]),
            ParameterType.DateTime when TryDay(text, out _) => JsonSerializer.SerializeToElement(text + "T00:00:00Z"),
            _ => value,
        };
    }

    /// <summary>What is wrong with a value, as the end of a sentence, or null.</summary>
    public static string? Problem(JsonElement value, ParameterDeclaration parameter)
    {
        if (!IsOfType(value, parameter.Type))
            return $"must be {Wanted(parameter.Type)}, not {JsonWords.Describe(value)}";
        if (parameter.Minimum is { } least && Compare(value, least, parameter.Type) < 0)
            return $"must be at least {least.GetRawText()}, not {JsonWords.Describe(value)}";
        if (parameter.Maximum is { } most && Compare(value, most, parameter.Type) > 0)
            return $"must be at most {most.GetRawText()}, not {JsonWords.Describe(value)}";
        if (parameter.Values is { } values && !values.Any(v => JsonElement.DeepEquals(v, value)))
            return $"must be one of {string.Join(", ", values.Select(v => v.GetRawText()))}, not {JsonWords.Describe(value)}";
        return null;
    }

    public static bool IsOfType(JsonElement value, ParameterType type) => type switch
    {
        ParameterType.String => value.ValueKind == JsonValueKind.String,
        ParameterType.Integer => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        ParameterType.Number => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double d) && double.IsFinite(d),
        ParameterType.Boolean => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        ParameterType.Date => value.ValueKind == JsonValueKind.String && TryDay(value.GetString()!, out _),
        ParameterType.DateTime => value.ValueKind == JsonValueKind.String && TryInstant(value.GetString()!, out _),
        ParameterType.List => value.ValueKind == JsonValueKind.Array,
        ParameterType.Object => value.ValueKind == JsonValueKind.Object,
        _ => false,
    };

    public static string Wanted(ParameterType type) => type switch
    {
        ParameterType.String => "a string",
        ParameterType.Integer => "an integer",
        ParameterType.Number => "a number",
        ParameterType.Boolean => "true or false",
        ParameterType.Date => "a date such as \"2025-03-01\"",
        ParameterType.DateTime => "an instant with its offset such as \"2025-03-01T06:00:00Z\"",
        ParameterType.List => "a list",
        _ => "an object",
    };

    public static bool IsOrdered(ParameterType type) =>
        type is ParameterType.Integer or ParameterType.Number or ParameterType.Date or ParameterType.DateTime;

    public static bool TryDay(string text, out DateOnly day) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);

    public static bool TryInstant(string text, out DateTimeOffset instant) => DateTimeOffset.TryParseExact(
        text, ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out instant)
        && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > 10);

    private static int Compare(JsonElement a, JsonElement b, ParameterType type) => type switch
    {
        ParameterType.Integer when b.TryGetInt64(out long bound) => a.GetInt64().CompareTo(bound),
        ParameterType.Integer or ParameterType.Number => a.GetDouble().CompareTo(b.GetDouble()),
        ParameterType.Date => string.CompareOrdinal(a.GetString(), b.GetString()),
        ParameterType.DateTime => Instant(a).CompareTo(Instant(b)),
        _ => 0,
    };

    private static DateTimeOffset Instant(JsonElement value) => TryInstant(value.GetString()!, out DateTimeOffset instant) ? instant : default;
}
