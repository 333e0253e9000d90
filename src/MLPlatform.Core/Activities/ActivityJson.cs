using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Activities;

/// <summary>
/// How inputs, outputs and pipeline files are written as JSON, the same everywhere: camelCase names and enum values,
/// ISO 8601 durations, and nothing read that was not declared.
/// </summary>
public static class ActivityJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            AllowDuplicateProperties = false,
            AllowOutOfOrderMetadataProperties = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new IsoDurationConverter() },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
