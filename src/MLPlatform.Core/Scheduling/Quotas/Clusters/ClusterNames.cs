using System.Security.Cryptography;
using System.Text;

namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>What names of ours become on a cluster.</summary>
public static class ClusterNames
{
    private const int Longest = 63;

    /// <summary>
    /// A name that says nearly the same: lower-case letters, digits and -, at most 63 (RFC 1123). What was changed beyond its case,
    /// or cut, is told apart by a hash of what it was.
    /// </summary>
    public static string Dns(string text)
    {
        string safe = new string([.. text.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        if (safe.Length is > 0 and <= Longest && string.Equals(safe, text, StringComparison.OrdinalIgnoreCase))
            return safe;
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..6];
        string head = safe[..Math.Min(safe.Length, Longest - mark.Length - 1)].TrimEnd('-');
        return head.Length == 0 ? "x" + mark : $"{head}-{mark}";
    }
}
