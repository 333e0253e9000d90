using MLPlatform.Vlps.Shards;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>A question as a shard reads it, and ids of several workers put together.</summary>
public sealed class AskedTests
{
    [Fact]
    public void Ids_and_how_often_they_occur_are_read_table_by_table()
    {
        using Asked asked = new(Question(2, [7, 9], [1, 300], [5], [2]), tables: 2);
        Assert.Equal((8u, 6u), (asked.Step, asked.Need));
        Assert.Equal([7, 9], asked.Ids(0).ToArray());
        Assert.Equal([1, 300], asked.Counts(0).ToArray());
        Assert.Equal([5], asked.Ids(1).ToArray());
        Assert.Equal([2], asked.Counts(1).ToArray());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void A_question_that_is_shorter_than_it_says_is_refused(int count)
    {
        ShardMessage message = Question(count, [7, 9], [1, 1]);
        Assert.Contains("shorter", Assert.Throws<InvalidDataException>(() => new Asked(message, tables: 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_of_several_workers_are_put_together_in_the_order_of_ranks()
    {
        IdMerge merge = new();
        foreach (int room in (int[])[6, 3000, 6]) // What was there before is forgotten.
        {
            merge.Clear(room);
            (ulong Id, ushort Count)[] asked = [(50, 1), (7, 2), (50, 3), (8, 1), (7, ushort.MaxValue)];
            Assert.Equal([0, 1, 0, 2, 1], asked.Select(a => merge.Add(a.Id, a.Count)));
            Assert.Equal([50, 7, 8], merge.Ids.ToArray());
            Assert.Equal([4, ushort.MaxValue, 1], merge.Counts.ToArray());
            for (ulong id = 100; id < (ulong)room; id++)
                merge.Add(id, 1);
        }
    }

    private static ShardMessage Question(int count, ulong[] ids, ushort[] counts, ulong[]? secondIds = null, ushort[]? secondCounts = null)
    {
        ShardMessage message = ShardMessage.Of(MessageKind.Pull);
        message.Write(8u);
        message.Write(6u);
        message.Write(count);
        message.WriteAll<ulong>(ids);
        message.WriteAll<ushort>(counts);
        if (secondIds is not null)
        {
            message.Write(secondIds.Length);
            message.WriteAll<ulong>(secondIds);
            message.WriteAll<ushort>(secondCounts);
        }
        return message;
    }
}
