using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Expressions;

[JsonSerializable(typeof(string))]
internal sealed partial class ExpressionJson : JsonSerializerContext
{
    public static JsonWriterOptions Writing { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
