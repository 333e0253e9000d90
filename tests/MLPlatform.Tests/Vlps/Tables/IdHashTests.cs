using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class IdHashTests
{
    [Fact]
    public void Eight_at_once_are_placed_as_one_at_a_time()
    {
        var random = new Random(3);
        ulong[] ids = [0, 1, ulong.MaxValue, 1ul << 63, .. Enumerable.Range(0, 4092).Select(_ => (ulong)random.NextInt64(long.MinValue, long.MaxValue))];
        for (int from = 0; from < ids.Length; from += 8)
        {
            Vector512<ulong> hashes = IdHash.Of(Vector512.Create(ids, from)), tags = Vector512.ShiftRightLogical(hashes, 64 - IdHash.TagBits);
            foreach (int bits in new[] { 0, 4, 8 })
            {
                Vector512<ulong> positions = IdHash.Position(tags, bits);
                for (int i = 0; i < 8; i++)
                {
                    Assert.Equal(IdHash.Of(ids[from + i]), hashes[i]);
                    Assert.Equal(IdHash.Position(IdHash.Tag(hashes[i]), bits), positions[i]);
                }
            }
        }
    }
}
