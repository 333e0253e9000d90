using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Xml;

namespace MLPlatform.Core.Pipelines;

/// <summary>ISO 8601 durations of weeks, days, hours, minutes and seconds. Years and months have no fixed length and are refused.</summary>
public static partial class IsoDuration
{
    public const string Example = "PT2H30M";

    /// <summary>As JSON Schema's <c>pattern</c>.</summary>
    public const string Pattern = @"^-?P(?=.)(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,7})?S)?)?$";

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        Match match = Shape().Match(text);
        if (!match.Success)
            return false;
        decimal ticks = Part(match, 2, TimeSpan.TicksPerDay * 7) + Part(match, 3, TimeSpan.TicksPerDay)
            + Part(match, 4, TimeSpan.TicksPerHour) + Part(match, 5, TimeSpan.TicksPerMinute) + Part(match, 6, TimeSpan.TicksPerSecond);
        if (ticks > long.MaxValue)
            return false;
        duration = new TimeSpan((long)(match.Groups[1].Length > 0 ? -ticks : ticks));
        return true;
    }

    public static string Print(TimeSpan duration) => XmlConvert.ToString(duration);

    // At most 12 digits a part, so that no sum overflows a decimal.
    [GeneratedRegex(@"\A(-)?P(?=.)(?:(\d{1,12})W)?(?:(\d{1,12})D)?(?:T(?=.)(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12}(?:\.\d{1,7})?)S)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    private static decimal Part(Match match, int group, long ticks) =>
        match.Groups[group].Success ? decimal.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) * ticks : 0;
}

/// <summary>Writes and reads durations as ISO 8601.</summary>
public sealed class IsoDurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && IsoDuration.TryParse(reader.GetString()!, out TimeSpan duration)
            ? duration
            : throw new JsonException($"not an ISO 8601 duration such as {IsoDuration.Example}");

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(IsoDuration.Print(value));
}
