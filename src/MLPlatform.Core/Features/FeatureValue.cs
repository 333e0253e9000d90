using System.Globalization;
using System.Text.Json;

namespace MLPlatform.Core.Features;

/// <summary>One value of a feature, or its absence. Equal means equal bits.</summary>
public readonly record struct FeatureValue
{
    private FeatureValue(FeatureType type, long bits, string? text, bool present) =>
        (Type, Bits, Text, IsPresent) = (type, bits, text, present);

    public FeatureType Type { get; }

    /// <summary>A whole number, an instant in microseconds since 1970, the bits of a double, or 0 and 1; of no meaning for text.</summary>
    public long Bits { get; }

    public string? Text { get; }

    public bool IsPresent { get; }

    public double Number => BitConverter.Int64BitsToDouble(Bits);

    public static FeatureValue Missing => default;

    public static FeatureValue Of(string text) => new(FeatureType.String, 0, text, true);

    public static FeatureValue Of(long number) => new(FeatureType.Int64, number, null, true);

    public static FeatureValue Of(bool truth) => new(FeatureType.Bool, truth ? 1 : 0, null, true);

    public static FeatureValue Instant(long microseconds) => new(FeatureType.Timestamp, microseconds, null, true);

    /// <summary>What is not a finite number is missing, as in tables.</summary>
    public static FeatureValue Of(double number) =>
        double.IsFinite(number) ? new(FeatureType.Double, BitConverter.DoubleToInt64Bits(number), null, true) : default;

    /// <summary>Compares values of one type: texts by their characters, the rest as numbers.</summary>
    public static int Order(in FeatureValue a, in FeatureValue b) => a.Type switch
    {
        FeatureType.String => string.CompareOrdinal(a.Text, b.Text),
        FeatureType.Double => a.Number.CompareTo(b.Number) is not 0 and var order ? order : a.Bits.CompareTo(b.Bits),
        _ => a.Bits.CompareTo(b.Bits),
    };

    public void WriteTo(Utf8JsonWriter json)
    {
        if (!IsPresent)
            json.WriteNullValue();
        else if (Type == FeatureType.String)
            json.WriteStringValue(Text);
        else if (Type == FeatureType.Bool)
            json.WriteBooleanValue(Bits != 0);
        else if (Type == FeatureType.Double)
            json.WriteNumberValue(Number);
        else if (Type == FeatureType.Timestamp)
            json.WriteStringValue(DateTime.UnixEpoch.AddMicroseconds(Bits).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture));
        else
            json.WriteNumberValue(Bits);
    }
}
