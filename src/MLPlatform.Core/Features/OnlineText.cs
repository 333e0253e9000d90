using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLPlatform.Core.Features;

/// <summary>The one way in which the names of entities and the values of features are written for the online store.</summary>
public static class OnlineText
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Values as a JSON list. Doubles get the digits that give their bits again.</summary>
    public static string Of(ReadOnlySpan<FeatureValue> values)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, Plain))
        {
            json.WriteStartArray();
            foreach (FeatureValue value in values)
                value.WriteTo(json);
            json.WriteEndArray();
        }
        return System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>The name of an entity from an object of its keys, or what is wrong with it.</summary>
    public static (string? Key, string? Problem) Key(FeatureGroup group, JsonElement keys)
    {
        if (keys.ValueKind != JsonValueKind.Object)
            return (null, "an entity is an object of its keys");
        FeatureValue[] values = new FeatureValue[group.Entity.Count];
        for (int k = 0; k < values.Length; k++)
        {
            EntityKey key = group.Entity[k];
            if (!keys.TryGetProperty(key.Name, out JsonElement given))
                return (null, $"the key \"{key.Name}\" is missing");
            if (key.Type == FeatureType.String && given.ValueKind == JsonValueKind.String)
                values[k] = FeatureValue.Of(given.GetString()!);
            else if (key.Type == FeatureType.Int64 && given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out long number))
                values[k] = FeatureValue.Of(number);
            else
                return (null, $"the key \"{key.Name}\" must be {(key.Type == FeatureType.String ? "a string" : "a whole number")}");
        }
        string? unknown = keys.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => group.Entity.All(e => e.Name != n));
        return unknown is null ? (Of(values), null) : (null, $"the group has no key \"{unknown}\"");
    }

    /// <summary>The values of a row, by the types of the features.</summary>
    public static FeatureValue[] Values(IReadOnlyList<PlannedFeature> features, string values)
    {
        using JsonDocument list = JsonDocument.Parse(values);
        return [.. list.RootElement.EnumerateArray().Select((value, f) => Value(features[f].Type, value))];
    }

    private static FeatureValue Value(FeatureType type, JsonElement value) => value.ValueKind == JsonValueKind.Null ? FeatureValue.Missing : type switch
    {
        FeatureType.String => FeatureValue.Of(value.GetString()!),
        FeatureType.Double => FeatureValue.Of(value.GetDouble()),
        FeatureType.Bool => FeatureValue.Of(value.GetBoolean()),
        FeatureType.Timestamp => FeatureValue.Instant((value.GetDateTimeOffset() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond),
        _ => FeatureValue.Of(value.GetInt64()),
    };
}
