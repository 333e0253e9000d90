using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;

namespace MLPlatform.Core.Expressions;

/// <summary>Between JSON and a script's values.</summary>
internal static class ScriptValues
{
    private const int MaxDepth = 32;
    private const long MostBytes = 16 << 20;
    private const double LargestExact = 9007199254740992;

    public static JsValue FromJson(Engine engine, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                JsObject members = new(engine);
                foreach (JsonProperty property in value.EnumerateObject())
                    members.CreateDataProperty(property.Name, FromJson(engine, property.Value));
                return members;
            case JsonValueKind.Array:
                JsValue[] items = new JsValue[value.GetArrayLength()];
                int next = 0;
                foreach (JsonElement item in value.EnumerateArray())
                    items[next++] = FromJson(engine, item);
                return new JsArray(engine, items);
            case JsonValueKind.String:
                return new JsString(value.GetString()!);
            case JsonValueKind.Number:
                return JsNumber.Create(value.GetDouble());
            case JsonValueKind.True or JsonValueKind.False:
                return value.GetBoolean() ? JsBoolean.True : JsBoolean.False;
            default:
                return JsValue.Null;
        }
    }

    public static JsonElement ToJson(JsValue value)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, ExpressionJson.Writing))
            Write(writer, value, 0);
        return ExpressionJson.Parse(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsValue value, int depth)
    {
        if (depth > MaxDepth)
            throw new ExpressionException("EXPR-013", "the value is nested too deep, or holds itself");
        switch (value)
        {
            case { Type: Types.Null }:
                writer.WriteNullValue();
                break;
            case { Type: Types.Boolean }:
                writer.WriteBooleanValue(value == JsBoolean.True);
                break;
            case { Type: Types.String }:
                WriteText(writer, value.ToString()!);
                break;
            case { Type: Types.Number }:
                WriteNumber(writer, TypeConverter.ToNumber(value));
                break;
            case { Type: Types.BigInt }:
                writer.WriteRawValue(value.ToString()!);
                break;
            case JsDate date:
                WriteDate(writer, TypeConverter.ToNumber(date));
                break;
            case JsArray array:
                writer.WriteStartArray();
                for (uint i = 0; i < array.Length; i++)
                    Write(writer, array.Get(i), depth + 1);
                writer.WriteEndArray();
                break;
            case ObjectInstance members when value is not Jint.Native.Function.Function:
                writer.WriteStartObject();
                foreach (JsValue key in members.GetOwnPropertyKeys(Types.String))
                    WriteMember(writer, key, members.Get(key), depth);
                writer.WriteEndObject();
                break;
            default:
                throw new ExpressionException("EXPR-013", value.Type == Types.Undefined
                    ? "the expression gives no value (undefined)" : $"the expression gives a {value.Type}, which is no value that can be passed on");
        }
    }

    private static void WriteMember(Utf8JsonWriter writer, JsValue name, JsValue value, int depth)
    {
        if (value.Type == Types.Undefined)
            return;
        writer.WritePropertyName(name.ToString());
        Write(writer, value, depth + 1);
    }

    private static void WriteDate(Utf8JsonWriter writer, double milliseconds)
    {
        if (!(Math.Abs(milliseconds) <= 62135596800000)) // Years 1 to about 3938; an invalid date is not a number.
            throw new ExpressionException("EXPR-013", "the expression gives a date that is invalid or out of range");
        DateTime instant = DateTime.UnixEpoch.AddMilliseconds(milliseconds);
        writer.WriteStringValue(instant.ToString("yyyy-MM-ddTHH:mm:ss.FFFK", CultureInfo.InvariantCulture));
    }

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        if (writer.BytesCommitted + writer.BytesPending + text.Length > MostBytes)
            throw new ExpressionException("EXPR-013", $"the expression gives more than {MostBytes >> 20} MiB");
        writer.WriteStringValue(text);
    }

    private static void WriteNumber(Utf8JsonWriter writer, double value)
    {
        if (!double.IsFinite(value))
            throw new ExpressionException("EXPR-013", $"the expression gives {value.ToString(CultureInfo.InvariantCulture)}, which JSON cannot hold");
        if (value % 1 == 0 && Math.Abs(value) <= LargestExact)
            writer.WriteNumberValue((long)value);
        else
            writer.WriteNumberValue(value);
    }
}
