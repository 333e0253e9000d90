using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>Ids get rows once they were seen often enough; until then they are counted, and a count does not know its id nor its shard.</summary>
public sealed class ShardCountsTests : IDisposable
{
    private readonly Days _days = new();

    public void Dispose() => _days.Dispose();

    [Theory, InlineData(1, 1), InlineData(3, 2)]
    public async Task Counts_go_into_the_model_as_they_are_in_the_end(int shards, int workers)
    {
        ShardPlan plan = ShardFromTests.Plan(ModelName.Fm, shards, workers, minCount: 3);
        using Fleet fleet = new(plan) { Day = Days.Of(0) };
        await fleet.RunAsync();
        using SparseModel together = ShardModel.Merge(fleet.Folder), alone = Days.Load(plan, _days.Train(plan, 0));
        Assert.InRange(Days.Counts(alone).Count, 100, 2000);
        Assert.Equal(Days.Counts(alone), Days.Counts(together));
        Assert.Equal(Days.Ids(alone), Days.Ids(together));
    }

    [Theory, InlineData(1, 1), InlineData(3, 2), InlineData(5, 1)]
    public async Task They_go_on_from_day_to_day_whichever_shard_an_id_comes_to(int shards, int workers)
    {
        ShardPlan plan = ShardFromTests.Plan(ModelName.Fm, shards, workers, minCount: 3);
        string first = _days.Train(plan, 0), second = _days.Train(plan, 1, first);
        using Fleet fleet = ShardFromTests.On(plan, first);
        await fleet.RunAsync();
        using SparseModel together = ShardModel.Merge(fleet.Folder), alone = Days.Load(plan, second), before = Days.Load(plan, first), anew = Days.Load(plan, _days.Train(plan, 1));
        Assert.Equal(Days.Counts(alone), Days.Counts(together));
        Assert.Equal(Days.Ids(alone), Days.Ids(together));
        // Ids that got a row because they had been counted the day before.
        Assert.NotEmpty(Days.Ids(together).Except(Days.Ids(before)).Except(Days.Ids(anew)));
    }
}
