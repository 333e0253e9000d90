using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Usage;

namespace MLPlatform.Core.Runs;

/// <summary>How runs are written as JSON: camelCase names, enums as camelCase strings, nulls left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(CamelCase<FailureKind>), typeof(CamelCase<RunStatus>)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<RunEvent>))]
[JsonSerializable(typeof(RunEvent))]
[JsonSerializable(typeof(Failure))]
[JsonSerializable(typeof(AttemptUsage))]
[JsonSerializable(typeof(Dictionary<string, JsonElement?[]>))]
public sealed partial class RunJson : JsonSerializerContext;

/// <summary>An enum written in camelCase, and read however it is cased.</summary>
public sealed class CamelCase<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase)
    where TEnum : struct, Enum;
