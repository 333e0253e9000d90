using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Bees.Files;

namespace MLPlatform.Bees.Checkpoints;

/// <summary>What an agent knows of files when it starts.</summary>
/// <param name="Version">Of the format; 1.</param>
/// <param name="Agent">Whose it is.</param>
public sealed record Checkpoint(int Version, string Agent, IReadOnlyList<KnownFile> Files);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, Converters = [typeof(HashConverter)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Checkpoint))]
internal sealed partial class CheckpointJson : JsonSerializerContext;

/// <summary>A hash as 32 hexadecimal digits.</summary>
internal sealed class HashConverter : JsonConverter<UInt128>
{
    public override UInt128 Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        UInt128.TryParse(reader.GetString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 hash)
            ? hash : throw new JsonException("this is no hash");

    public override void Write(Utf8JsonWriter writer, UInt128 value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("x32", CultureInfo.InvariantCulture));
}
