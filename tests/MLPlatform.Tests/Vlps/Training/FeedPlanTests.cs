using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps.Training;

public sealed class FeedPlanTests
{
    [Theory]
    [InlineData(1, 2, 1, true)] // A core is left over: it reads ahead.
    [InlineData(2, 2, 2, false)] // None is: all read, then all train.
    [InlineData(1, 1, 1, false)]
    [InlineData(8, 2, 2, false)]
    [InlineData(4, 16, 1, true)]
    [InlineData(14, 16, 2, true)]
    [InlineData(15, 16, 1, true)]
    public void Cores_that_do_not_train_read_ahead_and_where_there_are_none_all_read_in_turn(int trainers, int cores, int feeders, bool ahead) =>
        Assert.Equal((feeders, ahead), FeedPlan.For(trainers, cores));

    [Fact]
    public void A_block_read_in_turn_is_read_when_it_is_asked_for()
    {
        int read = 0;
        IEnumerable<int> Source()
        {
            while (read < 3)
                yield return read++;
        }

        using var feed = new ReadInTurn<int, int[]>(Source(), new int[2], (item, number, block) => (block[0], block[1]) = (item, number));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(i, read);
            Assert.Equal([i, i], Assert.IsType<int[]>(feed.Next()));
        }
        Assert.Null(feed.Next());
    }
}
