using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Recall;

/// <summary>Hashes of keys, which are equal for 5, 5.0 and "5".</summary>
internal static class KeyHashes
{
    public static ulong Of(Column keys, int row)
    {
        Span<byte> scratch = stackalloc byte[32];
        return keys.IsPresent(row) ? FeatureHash.Of(keys.Canonical(row, scratch)) : FeatureHash.Missing;
    }
}
