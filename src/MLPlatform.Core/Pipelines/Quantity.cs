using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Pipelines;

/// <summary>An amount as Kubernetes writes it: <c>2</c>, <c>500m</c>, <c>8Gi</c>, <c>1.5e3</c>.</summary>
[JsonConverter(typeof(QuantityConverter))]
public readonly record struct Quantity(decimal Value)
{
    /// <summary>As JSON Schema's <c>pattern</c>.</summary>
    public const string Pattern = @"^\d+(\.\d+)?([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?$";

    // What 64 bits count, with room to round up.
    private const decimal Most = 9e18m;

    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50), ("Ei", 1L << 60),
        ("n", 1e-9m), ("u", 1e-6m), ("m", 1e-3m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
    ];

    public static bool TryParse(string text, out Quantity quantity)
    {
        (string suffix, decimal factor) = Suffixes.FirstOrDefault(s => text.EndsWith(s.Suffix, StringComparison.Ordinal));
        ReadOnlySpan<char> number = suffix is null ? text : text.AsSpan(0, text.Length - suffix.Length);
        NumberStyles style = NumberStyles.AllowDecimalPoint | (suffix is null ? NumberStyles.AllowExponent : 0);
        bool ok = decimal.TryParse(number, style, CultureInfo.InvariantCulture, out decimal value)
            && value >= 0 && char.IsAsciiDigit(number[0]) && char.IsAsciiDigit(number[^1])
            && value <= Most / Math.Max(1, factor);
        quantity = new Quantity(ok ? value * (suffix is null ? 1 : factor) : 0);
        return ok;
    }

    public override string ToString() => Value.ToString("0.#########", CultureInfo.InvariantCulture);
}

/// <summary>Reads a quantity from a JSON number or string.</summary>
public sealed class QuantityConverter : JsonConverter<Quantity>
{
    public override Quantity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number when reader.TryGetDecimal(out decimal value) && value is >= 0 and <= 1e18m => new Quantity(value),
        JsonTokenType.String when Quantity.TryParse(reader.GetString()!, out Quantity quantity) => quantity,
        _ => throw new JsonException("not a quantity such as 2, 500m or 8Gi"),
    };

    public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}
