using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Plans;

/// <summary>Plans as canonical JSON, and the hash they are known by.</summary>
public static class PlanJson
{
    /// <summary>The same plan gives the same bytes.</summary>
    public static byte[] Serialize(RunPlan plan) => JsonSerializer.SerializeToUtf8Bytes(plan, PlanJsonContext.Default.RunPlan);

    /// <exception cref="JsonException">These are not the bytes of a plan.</exception>
    public static RunPlan Deserialize(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, PlanJsonContext.Default.RunPlan) ?? throw new JsonException("a plan is an object, not null");

    /// <summary><c>sha256:</c> and 64 hexadecimal digits over the plan's JSON.</summary>
    public static string Hash(ReadOnlySpan<byte> json) =>
        string.Create(CultureInfo.InvariantCulture, $"sha256:{Convert.ToHexStringLower(SHA256.HashData(json))}");

    public static string Hash(RunPlan plan) => Hash(Serialize(plan));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(IsoDurationConverter)])]
[JsonSerializable(typeof(RunPlan))]
internal sealed partial class PlanJsonContext : JsonSerializerContext;
