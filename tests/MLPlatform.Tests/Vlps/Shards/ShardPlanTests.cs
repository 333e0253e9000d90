using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Shards;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

public sealed class ShardPlanTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 1, 2)]
    [InlineData(5, 2, 3)]
    [InlineData(12, 6, 2)]
    [InlineData(1000, 100, 3)]
    [InlineData(9999, 64, 5)]
    public void Every_sample_is_learned_from_once_in_a_pass_in_steps_of_about_the_same_size(long rows, int batch, int epochs)
    {
        ShardPlan plan = Fleet.Plan(ModelName.Fm, workers: 1) with { Rows = rows, Batch = batch, Epochs = epochs };
        var seen = new int[rows * epochs];
        for (uint step = 1; step <= plan.Steps; step++)
        {
            foreach (SamplePart part in plan.PartsOf(step, 0))
            {
                Assert.Equal((step - 1) / plan.EpochSteps, (uint)part.Epoch - 1);
                Assert.True(part.First + part.Rows <= part.Length);
                for (int i = 0; i < part.Rows; i++)
                    seen[((part.Epoch - 1) * rows) + part.Begin + part.First + i]++;
            }
            Assert.InRange(plan.RowsOf(step), 0, batch + plan.Streams);
        }
        Assert.All(seen, s => Assert.Equal(1, s));
    }

    [Theory, InlineData(2), InlineData(3), InlineData(5), InlineData(12)]
    public void A_step_has_the_same_samples_in_the_same_order_however_many_workers_share_them(int workers)
    {
        ShardPlan one = Fleet.Plan(ModelName.Fm, workers: 1) with { Rows = 5000 };
        ShardPlan some = one with { Workers = workers, Streams = one.Streams };
        for (uint step = 1; step <= one.Steps; step++)
        {
            IEnumerable<SamplePart> parts = Enumerable.Range(0, workers).SelectMany(w => some.PartsOf(step, w));
            Assert.Equal(one.PartsOf(step, 0), parts);
            Assert.All(Enumerable.Range(0, workers), w => Assert.True(some.RowsOf(step, w) <= some.MostRows(w)));
        }
    }

    [Fact]
    public void There_are_no_more_workers_than_streams_to_share()
    {
        ShardPlan plan = Fleet.Plan(ModelName.Fm, workers: 1);
        var problem = Assert.Throws<MLPlatform.Vlps.VlpsException>(() => (plan with { Workers = 13, Streams = plan.Streams }).Validate());
        Assert.Contains("at most 12", problem.Message, StringComparison.Ordinal);
    }
}
