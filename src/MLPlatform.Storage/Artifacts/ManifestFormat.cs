using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Storage.Artifacts;

/// <summary>
/// The canonical JSON of a manifest: <c>{"files":[{"path":"…","hash":"sha256:…","bytes":1},…]}</c>, no white space, files
/// ordered by path (ordinal), UTF-8 without escapes beyond what JSON asks for. Its SHA-256 names the artifact, so it
/// never changes.
/// </summary>
internal static class ManifestFormat
{
    private const string Prefix = "sha256:";
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = false };
    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web);

    public static byte[] Write(IEnumerable<ArtifactFile> files)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Writing);
        json.WriteStartObject();
        json.WriteStartArray("files"u8);
        foreach (ArtifactFile file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("path"u8, file.Path);
            json.WriteString("hash"u8, file.Hash);
            json.WriteNumber("bytes"u8, file.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static ArtifactManifest? Read(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<ArtifactManifest>(json, Reading);

    public static string Hash(ReadOnlySpan<byte> bytes) => Name(SHA256.HashData(bytes));

    public static string Name(ReadOnlySpan<byte> digest) => Prefix + Convert.ToHexStringLower(digest);

    /// <summary>The 64 digits of a hash, or null if it is not one: what goes into a file name must be nothing else.</summary>
    public static string? Digits(string? hash)
    {
        if (hash is null || hash.Length != Prefix.Length + 64 || !hash.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        string digits = hash[Prefix.Length..];
        return digits.All(char.IsAsciiHexDigitLower) ? digits : null;
    }
}
