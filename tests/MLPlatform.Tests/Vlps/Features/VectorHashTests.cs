using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MLPlatform.Vlps.Features;
using Xunit;

namespace MLPlatform.Tests.Vlps.Features;

public sealed class VectorHashTests
{
    private static readonly ulong Seed = FeatureHash.Seed("field");

    [Fact]
    public void A_whole_number_has_the_hash_of_its_digits_however_many_it_has()
    {
        long[] values = [.. Numbers()];
        ulong[] hashes = new ulong[values.Length];
        VectorHash.OfWhole(values, hashes);
        for (int i = 0; i < values.Length; i++)
        {
            ulong expected = FeatureHash.Of(Encoding.UTF8.GetBytes(values[i].ToString(CultureInfo.InvariantCulture)));
            Assert.True(expected == hashes[i], $"{values[i]} among others");
            Assert.True(expected == VectorHash.OfWhole(values[i]), $"{values[i]} alone");
        }
    }

    [Fact]
    public void Hashes_are_combined_as_one_by_one()
    {
        ulong[] tokens = [.. Numbers().Select(n => (ulong)n)], others = [.. tokens.Reverse()];
        ulong[] seeded = [.. tokens], combined = [.. tokens], withIds = [.. tokens];
        VectorHash.Combine(Seed, seeded);
        VectorHash.Combine(combined, others);
        VectorHash.CombineIds(withIds, others);
        Assert.Equal(tokens.Select(t => FeatureHash.Combine(Seed, t)), seeded);
        Assert.Equal(tokens.Zip(others, FeatureHash.Combine), combined);
        Assert.Equal(tokens.Zip(others, (t, id) => FeatureHash.Combine(t, FeatureHash.Of(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in id))))), withIds);
    }

    // Numbers of one length stand together first, then all are mixed; their count is no multiple of eight.
    private static IEnumerable<long> Numbers()
    {
        var random = new Random(7);
        List<long> all = [];
        for (int digits = 1; digits <= 18; digits++)
        {
            long least = digits == 1 ? 0 : (long)Math.Pow(10, digits - 1), most = (long)Math.Pow(10, digits) - 1;
            all.AddRange([least, most, .. Enumerable.Range(0, 60).Select(_ => random.NextInt64(least, most))]);
        }
        long[] mixed = [.. all, .. all.Select(n => -n), long.MinValue, long.MaxValue, 1L << 53, (1L << 53) + 1];
        random.Shuffle(mixed);
        return [.. all, .. mixed, 5, 12345, 123_456_789_012];
    }
}
