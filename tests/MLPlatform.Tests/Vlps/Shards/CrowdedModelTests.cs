using MLPlatform.Vlps;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>Trainings that go on from a model which is larger than their tables.</summary>
public sealed class CrowdedModelTests : IDisposable
{
    private readonly Days _days = new();

    public void Dispose() => _days.Dispose();

    [Fact]
    public void In_one_process_the_delta_names_the_rows_that_found_no_room()
    {
        (ShardPlan plan, string before) = Large(1);
        string after = _days.Train(plan, 3, before, limited: true);
        AssertMadeRoom(before, after);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Over_shards_the_delta_names_the_rows_that_found_no_room(int shards)
    {
        (ShardPlan plan, string before) = Large(shards);
        using Fleet fleet = ShardFromTests.On(plan, before);
        await fleet.RunAsync();
        AssertMadeRoom(before, _days.Write(fleet));
    }

    [Fact]
    public async Task Where_no_row_may_go_the_model_is_refused()
    {
        (ShardPlan plan, string before) = Large(1);
        plan = plan with { WhenFull = WhenFull.Refuse };
        Assert.Equal(VlpsProblem.Memory, Assert.Throws<VlpsException>(() => _days.Train(plan, 3, before, limited: true)).Problem);
        using Fleet fleet = ShardFromTests.On(plan, before);
        VlpsException refused = await Assert.ThrowsAsync<VlpsException>(() => fleet.RunAsync());
        Assert.Equal(VlpsProblem.Memory, refused.Problem);
        Assert.Contains("higher ceiling", refused.Message, StringComparison.Ordinal);
    }

    // A model of three days, and tables that hold a part of it.
    private (ShardPlan Plan, string Model) Large(int shards)
    {
        ShardPlan plan = ShardFromTests.Plan(ModelName.Fm, shards, 1) with { TableBytes = 570_000, WhenFull = WhenFull.Evict, CheckpointEvery = 5, Deltas = 2 };
        string model = _days.Train(plan with { Rows = 6000 }, 0);
        for (int day = 1; day < 3; day++)
            model = _days.Train(plan, day, model);
        return (plan, model);
    }

    private static void AssertMadeRoom(string before, string after)
    {
        NetworkSection was = ModelFolder.ReadNetwork(before), now = ModelFolder.ReadNetwork(after);
        Assert.InRange(now.Tables.Sum(t => t.Rows), 100, was.Tables.Sum(t => t.Rows) - 200);
        Assert.InRange(now.EvictedRows!.Value, 200, was.Tables.Sum(t => t.Rows));
        ShardFromTests.AssertDelta(before, after);
    }
}
