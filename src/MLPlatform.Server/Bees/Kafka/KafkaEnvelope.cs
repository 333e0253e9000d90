using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Confluent.Kafka;

namespace MLPlatform.Server.Bees.Kafka;

/// <summary>A message with all that Kafka says of it: <c>key</c>, <c>time</c>, <c>partition</c>, <c>offset</c>, <c>headers</c> and <c>value</c>.</summary>
internal static class KafkaEnvelope
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(ConsumeResult<byte[], byte[]> message)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Writing))
        {
            json.WriteStartObject();
            Text(json, "key", message.Message.Key);
            json.WriteString("time", message.Message.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            json.WriteNumber("partition", message.Partition.Value);
            json.WriteNumber("offset", message.Offset.Value);
            json.WriteStartObject("headers");
            foreach (IHeader header in message.Message.Headers.GroupBy(h => h.Key).Select(h => h.Last()))
                Text(json, header.Key, header.GetValueBytes());
            json.WriteEndObject();
            Value(json, message.Message.Value);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Value(Utf8JsonWriter json, byte[]? value)
    {
        if (value is not null && TryParse(value) is { } parsed)
        {
            json.WritePropertyName("value");
            parsed.WriteTo(json);
        }
        else
            Text(json, "value", value);
    }

    private static JsonElement? TryParse(byte[] value)
    {
        try
        {
            return JsonElement.Parse(value);
        }
        catch (JsonException)
        {
            return null; // Then it is kept as text.
        }
    }

    private static void Text(Utf8JsonWriter json, string name, byte[]? value)
    {
        if (value is null)
            json.WriteNull(name);
        else
            json.WriteString(name, Encoding.UTF8.GetString(value));
    }
}
