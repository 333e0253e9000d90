using System.Runtime.InteropServices;
using MLPlatform.Vlps.Features;

namespace MLPlatform.Vlps.Batches;

/// <summary>Hashes of samples by what some of their fields hold: equal ids and values, equal hashes.</summary>
internal static class SampleHash
{
    /// <param name="hashes">One for each sample, from the first on.</param>
    public static void Of(IEnumerable<FieldColumn> fields, Span<ulong> hashes)
    {
        hashes.Clear();
        foreach (FieldColumn field in fields)
        {
            if (!field.Many && !field.Weighted)
            {
                VectorHash.CombineIds(hashes, field.Ids);
                continue;
            }
            for (int row = 0; row < hashes.Length; row++)
            {
                Range ids = field.Start(row)..field.Start(row + 1);
                hashes[row] = FeatureHash.Combine(hashes[row], FeatureHash.Of(MemoryMarshal.AsBytes(field.Ids[ids])));
                if (field.Weighted)
                    hashes[row] = FeatureHash.Combine(hashes[row], FeatureHash.Of(MemoryMarshal.AsBytes(field.Values[ids])));
            }
        }
    }
}
