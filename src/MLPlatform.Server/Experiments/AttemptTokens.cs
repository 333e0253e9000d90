using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Experiments;

/// <summary>
/// Tokens by which attempts track their runs. A token names its attempt and is signed with a key of the home folder, so none is
/// stored; it opens the tracking API alone, and only while the attempt runs.
/// </summary>
internal sealed class AttemptTokens(HostSettings settings, IRunStore runs)
{
    public const string Prefix = "mlpa_";
    private readonly Lazy<byte[]> _key = new(() => HomeKey.Read(Path.Combine(settings.Home, "tracking.key"), "attempts that run then lose their tokens"));

    public string Create(AttemptId attempt) => $"{Prefix}{attempt}_{Sign(attempt)}";

    /// <summary>The attempt that a token belongs to, or null: forged, or the attempt runs no more.</summary>
    public async Task<AttemptId?> FindAsync(string token, CancellationToken cancel)
    {
        if (!token.StartsWith(Prefix, StringComparison.Ordinal) || token[Prefix.Length..].Split('_') is not [string name, string signature] || !AttemptId.TryParse(name, out AttemptId attempt)
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(Sign(attempt))))
            return null;
        return (await runs.ListAttemptsAsync(attempt.Run, attempt.Node, cancel)).Any(a => a.Id == attempt && a.EndedAt is null) ? attempt : null;
    }

    private string Sign(AttemptId attempt) => Convert.ToHexStringLower(HMACSHA256.HashData(_key.Value, Encoding.ASCII.GetBytes("attempt " + attempt)));
}
