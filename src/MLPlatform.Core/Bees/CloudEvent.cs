using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLPlatform.Core.Bees;

/// <summary>
/// A CloudEvent 1.0 as the record it becomes: <c>ce_source</c> and <c>ce_id</c> first, its other attributes as <c>ce_NAME</c>, then
/// the fields of its data where that is an object, else <c>data</c>.
/// </summary>
/// <param name="Id">Of its source and id together: events that share it are one event.</param>
public sealed record CloudEvent(UInt128 Id, byte[] Record)
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Required = ["specversion", "id", "source", "type"];
    private static readonly string[] NotAttributes = ["specversion", "id", "source", "data", "data_base64"];

    /// <summary>Reads an event in the structured form, or says what is wrong with it.</summary>
    public static (CloudEvent? Event, string? Problem) Structured(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return (null, "it is not a JSON object");
        Dictionary<string, JsonElement> attributes = new(StringComparer.Ordinal);
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (!attributes.TryAdd(property.Name, property.Value))
                return (null, $"it names '{property.Name}' twice");
        }
        if (Problem(attributes) is { } problem)
            return (null, problem);
        JsonElement? data = attributes.TryGetValue("data", out JsonElement value) ? value : null;
        string? base64 = attributes.TryGetValue("data_base64", out JsonElement bytes) ? bytes.GetString() : null;
        return (Make(attributes, data, base64), null);
    }

    /// <summary>Reads an event in the binary form: attributes in headers, data in the body.</summary>
    /// <param name="attributes">The values of the headers <c>ce-NAME</c>, by name.</param>
    public static (CloudEvent? Event, string? Problem) Binary(IReadOnlyDictionary<string, string> attributes, string? contentType, ReadOnlyMemory<byte> body)
    {
        Dictionary<string, JsonElement> all = attributes.ToDictionary(a => a.Key, a => JsonSerializer.SerializeToElement(a.Value, BeesJson.Default.String), StringComparer.Ordinal);
        if (contentType is not null)
            all["datacontenttype"] = JsonSerializer.SerializeToElement(contentType, BeesJson.Default.String);
        if (Problem(all) is { } problem)
            return (null, problem);
        if (body.IsEmpty)
            return (Make(all, null, null), null);
        if (contentType is null || !IsJson(contentType))
            return (Make(all, null, Convert.ToBase64String(body.Span)), null);
        try
        {
            return (Make(all, JsonElement.Parse(body.Span), null), null);
        }
        catch (JsonException e)
        {
            return (null, $"its data is not the JSON that {contentType} says: {e.Message}");
        }
    }

    /// <summary>The id of an event that was kept as a record, or null.</summary>
    public static UInt128? IdOf(ReadOnlySpan<byte> record)
    {
        Utf8JsonReader json = new(record);
        return json.Read() && json.TokenType == JsonTokenType.StartObject && json.Read() && json.ValueTextEquals("ce_source"u8) && json.Read() && json.GetString() is { } source
            && json.Read() && json.ValueTextEquals("ce_id"u8) && json.Read() && json.GetString() is { } id ? Hash(source, id) : null;
    }

    private static bool IsJson(string contentType)
    {
        string type = contentType.Split(';')[0].Trim();
        return type.EndsWith("/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    private static string? Problem(Dictionary<string, JsonElement> attributes)
    {
        foreach (string name in Required)
        {
            if (!attributes.TryGetValue(name, out JsonElement value) || value.ValueKind != JsonValueKind.String || value.GetString()!.Length == 0)
                return $"its attribute '{name}' is missing or no text";
        }
        if (attributes["specversion"].GetString() is not "1.0" and var version)
            return $"its specversion is '{version}'; 1.0 is known";
        if (attributes.TryGetValue("time", out JsonElement time) && (time.ValueKind != JsonValueKind.String || !time.TryGetDateTimeOffset(out _)))
            return "its time is not written as RFC 3339 says";
        foreach ((string name, JsonElement value) in attributes)
        {
            if (name is "data" or "data_base64")
                continue;
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)))
                return $"'{name}' cannot be an attribute: lower-case letters and digits";
            if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                return $"its attribute '{name}' is an object or a list";
        }
        return attributes.TryGetValue("data_base64", out JsonElement bytes) && (bytes.ValueKind != JsonValueKind.String || !bytes.TryGetBytesFromBase64(out _))
            ? "its data_base64 is not base64" : null;
    }

    private static CloudEvent Make(Dictionary<string, JsonElement> attributes, JsonElement? data, string? base64)
    {
        (string source, string id) = (attributes["source"].GetString()!, attributes["id"].GetString()!);
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Writing))
        {
            json.WriteStartObject();
            json.WriteString("ce_source"u8, source);
            json.WriteString("ce_id"u8, id);
            foreach ((string name, JsonElement value) in attributes.Where(a => !NotAttributes.Contains(a.Key) && a.Value.ValueKind != JsonValueKind.Null).OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName("ce_" + name);
                value.WriteTo(json);
            }
            if (data is { ValueKind: JsonValueKind.Object } fields)
            {
                foreach (JsonProperty field in fields.EnumerateObject())
                    field.WriteTo(json);
            }
            else if (data is { } value)
            {
                json.WritePropertyName("data"u8);
                value.WriteTo(json);
            }
            if (base64 is not null)
                json.WriteString("data_base64"u8, base64);
            json.WriteEndObject();
        }
        return new CloudEvent(Hash(source, id), buffer.WrittenSpan.ToArray());
    }

    // Its first half is enough: among a million events two meet by chance once in 10^26.
    private static UInt128 Hash(string source, string id) =>
        BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(source + "\n" + id)));
}
