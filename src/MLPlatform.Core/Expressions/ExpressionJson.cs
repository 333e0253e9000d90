using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Expressions;

[JsonSerializable(typeof(string))]
internal sealed partial class ExpressionJson : JsonSerializerContext
{
    public static JsonWriterOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads back what was just written; only its depth can be wrong.</summary>
    public static JsonElement Parse(ReadOnlySpan<byte> written)
    {
        try
        {
            return JsonElement.Parse(written);
        }
        catch (JsonException)
        {
            throw new ExpressionException("EXPR-013", "the value is nested too deep");
        }
    }
}
