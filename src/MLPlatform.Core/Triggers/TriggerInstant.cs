using System.Globalization;

namespace MLPlatform.Core.Triggers;

/// <summary>Instants as claims hold them: UTC to the second, so that ordinal order is the order of time.</summary>
public static class TriggerInstant
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static string Text(DateTimeOffset instant) => instant.ToUniversalTime().ToString(Format, CultureInfo.InvariantCulture);

    public static DateTimeOffset? Parse(string text) =>
        DateTimeOffset.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset instant) ? instant : null;
}
