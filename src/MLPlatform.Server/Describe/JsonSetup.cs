using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Server.Describe;

/// <summary>How the API writes and reads JSON: camelCase names and enum values; a field that nobody declared is an error.</summary>
public static class JsonSetup
{
    /// <summary>What a client of the API reads with.</summary>
    public static JsonSerializerOptions ClientOptions { get; } = CreateClientOptions();

    internal static IServiceCollection AddJson(this IServiceCollection services) => services.ConfigureHttpJsonOptions(o =>
    {
        Apply(o.SerializerOptions);
        o.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        o.SerializerOptions.RespectRequiredConstructorParameters = true;
        o.SerializerOptions.RespectNullableAnnotations = true;
        o.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
    });

    private static void Apply(JsonSerializerOptions options)
    {
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
    }

    private static JsonSerializerOptions CreateClientOptions()
    {
        JsonSerializerOptions options = new(JsonSerializerDefaults.Web);
        Apply(options);
        return options;
    }
}
