using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Server.Pipelines.Git;

/// <summary>What a call of a git host says, and whether it proved that it is one. Pure.</summary>
internal static class GitHooks
{
    /// <summary>Whether the call holds the secret: GitHub and Gitea sign the body with it, GitLab sends it. Compared in constant time.</summary>
    public static bool IsProven(Func<string, string?> header, ReadOnlySpan<byte> body, string secret)
    {
        byte[] key = Encoding.UTF8.GetBytes(secret);
        if (header("X-Hub-Signature-256") is { } github)
            return github.StartsWith("sha256=", StringComparison.Ordinal) && IsSigned(github["sha256=".Length..], body, key);
        if (header("X-Gitea-Signature") is { } gitea)
            return IsSigned(gitea, body, key);
        // Hashed, so that the comparison tells nothing of the length either.
        return header("X-Gitlab-Token") is { } token && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), SHA256.HashData(key));
    }

    /// <summary>Whether the call tells of the branch: a push to another, a tag or a ping is none of ours. What cannot be read is looked at to be safe.</summary>
    public static bool IsAbout(string branch, ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument call = JsonDocument.Parse(body);
            if (call.RootElement.ValueKind != JsonValueKind.Object || call.RootElement.TryGetProperty("zen", out _))
                return false;
            return !call.RootElement.TryGetProperty("ref", out JsonElement reference) || reference.ValueKind != JsonValueKind.String || reference.GetString() == "refs/heads/" + branch;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    private static bool IsSigned(string signature, ReadOnlySpan<byte> body, byte[] key)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return signature.Length == given.Length * 2
            && Convert.FromHexString(signature, given, out _, out int written) == System.Buffers.OperationStatus.Done && written == given.Length
            && CryptographicOperations.FixedTimeEquals(given, HMACSHA256.HashData(key, body));
    }
}
