using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MLPlatform.Server.Deployments;

/// <summary>What impressions and feedback are joined by: the request and the item in it.</summary>
internal static class JoinKey
{
    public static UInt128 Of(string requestId, string item)
    {
        XxHash128 hash = new();
        hash.Append(MemoryMarshal.AsBytes(requestId.AsSpan()));
        hash.Append("\0\0"u8);
        hash.Append(MemoryMarshal.AsBytes(item.AsSpan()));
        return hash.GetCurrentHashAsUInt128();
    }
}
