using System.Text.Json;

namespace MLPlatform.Server.Describe;

/// <summary>Stored JSON text as a part of an answer.</summary>
internal static class RawJson
{
    /// <summary>The text as JSON, or null where there is none.</summary>
    public static JsonElement? Read(string? json) => json is null ? null : JsonElement.Parse(json);
}
