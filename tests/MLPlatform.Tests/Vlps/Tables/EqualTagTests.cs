using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

/// <summary>Ids whose hashes agree in all that the index keeps of them.</summary>
public sealed class EqualTagTests
{
    [Fact]
    public void An_id_is_found_behind_the_count_of_another_with_the_same_tag()
    {
        ulong first = IdOf(0), second = IdOf(1), third = IdOf(2);
        using var table = new EmbeddingTable(Options() with { MinCount = 2 });
        table.Add([first], stamp: 1, counts: [2]);
        uint row = table.Add([second], stamp: 5, counts: [2])[0];
        Assert.NotEqual(EmbeddingTable.NoRow, row);
        table.Bury([new Tombstone(first, 6)], keep: null);
        Assert.Equal(EmbeddingTable.NoRow, table.Add([third], stamp: 6)[0]); // Its count takes the slot that became free, before the row's.

        Assert.Equal([row, EmbeddingTable.NoRow, EmbeddingTable.NoRow], table.Rows(second, first, third));
        Assert.Equal(row, table.Add([second], stamp: 7)[0]);
    }

    // The n-th id of those with one tag and one line: the hash backwards.
    private static ulong IdOf(ulong n)
    {
        const ulong Inverse = 0xCFEE_444D_8B59_A89B;
        ulong x = (12_345ul << 35) | (n << 8) | 6;
        x = (x ^ (x >> 32)) * Inverse;
        x = (x ^ (x >> 32)) * Inverse;
        x ^= x >> 32;
        Assert.Equal((12_345ul << 35) | (n << 8) | 6, IdHash.Of(x));
        return x;
    }
}
