using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MLPlatform.Server.Deployments;

/// <summary>What impressions and feedback are joined by: the request and the item in it.</summary>
internal static class JoinKey
{
    /// <summary>What the lists of a request are known by, whichever items they have.</summary>
    public static UInt128 OfRequest(string requestId) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(requestId.AsSpan()));

    public static UInt128 Of(string requestId, string item)
    {
        XxHash128 hash = new();
        hash.Append(MemoryMarshal.AsBytes(requestId.AsSpan()));
        hash.Append("\0\0"u8);
        hash.Append(MemoryMarshal.AsBytes(item.AsSpan()));
        return hash.GetCurrentHashAsUInt128();
    }
}
