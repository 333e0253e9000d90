using System.Security.Cryptography;
using System.Text;

namespace MLPlatform.Server.Access;

/// <summary>A token's secret text; only its hash is ever stored.</summary>
internal static class TokenSecret
{
    /// <summary>256 random bits behind a prefix that secret scanners can find.</summary>
    public static string Create() => "mlp_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256, hexadecimal. The secret is random, so it needs no salt.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
