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

    /// <summary>The same hash, without the bytes: a plan of a hundred thousand nodes takes tens of megabytes.</summary>
    public static string Hash(RunPlan plan)
    {
        using HashingStream hashing = new();
        JsonSerializer.Serialize(hashing, plan, PlanJsonContext.Default.RunPlan);
        return hashing.Finish();
    }

    private sealed class HashingStream : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public string Finish() => string.Create(CultureInfo.InvariantCulture, $"sha256:{Convert.ToHexStringLower(_hash.GetHashAndReset())}");

        public override void Write(ReadOnlySpan<byte> buffer) => _hash.AppendData(buffer);

        public override void Write(byte[] buffer, int offset, int count) => _hash.AppendData(buffer, offset, count);

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(IsoDurationConverter)])]
[JsonSerializable(typeof(RunPlan))]
internal sealed partial class PlanJsonContext : JsonSerializerContext;
