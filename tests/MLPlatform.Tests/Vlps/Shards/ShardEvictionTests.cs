using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>Trainings over shards that go on from a model drop what was not seen for long.</summary>
public sealed class ShardEvictionTests : IDisposable
{
    private readonly Days _days = new();

    public void Dispose() => _days.Dispose();

    public static TheoryData<RowEviction, int, int> Rules => new()
    {
        { new RowEviction { AfterTrainings = 1 }, 1, 1 },
        { new RowEviction { AfterTrainings = 2 }, 3, 2 },
        { new RowEviction { AfterSteps = 20 }, 3, 2 },
        { new RowEviction { Norm = 1e6 }, 3, 2 },
        { new RowEviction { AfterTrainings = 1, Floor = 700 }, 3, 2 },
        { new RowEviction { AfterTrainings = 1, Floor = 1_000_000 }, 2, 1 },
    };

    [Theory, MemberData(nameof(Rules))]
    public async Task What_goes_is_what_goes_in_one_process(RowEviction evict, int shards, int workers)
    {
        ShardPlan plan = ShardFromTests.Plan(ModelName.Fm, shards, workers);
        string second = _days.Train(plan, 1, _days.Train(plan, 0)), alone = _days.Train(plan, 2, second, evict);
        using Fleet fleet = On(plan, second, evict);
        await fleet.RunAsync();
        string together = _days.Write(fleet);
        using SparseModel one = Days.Load(plan, alone), other = Days.Load(plan, together);
        Assert.Equal(Days.Ids(one), Days.Ids(other));
        Assert.Equal(ModelFolder.ReadNetwork(alone).EvictedRows, ModelFolder.ReadNetwork(together).EvictedRows);
        if (evict.Floor < 1_000_000)
            Assert.InRange(ModelFolder.ReadNetwork(together).EvictedRows!.Value, 10, 5000);
        else
            Assert.Equal(0, ModelFolder.ReadNetwork(together).EvictedRows);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public async Task Whoever_is_lost_at_any_message_the_same_rows_go(int seed)
    {
        ShardPlan plan = ShardFromTests.Plan(seed % 2 == 0 ? ModelName.Fm : ModelName.DeepFm, 3, 2) with { Epochs = 3, Patience = 2, Rows = 700 };
        string first = _days.Train(plan with { Epochs = 1 }, 0), second = _days.Train(plan with { Epochs = 1 }, 1, first);
        RowEviction evict = new() { AfterTrainings = 1, Floor = 600 };
        Dictionary<long, long> judged = [];
        using Fleet whole = On(plan, second, evict, judge: Judge);
        await whole.RunAsync();
        var random = new Random(seed);
        Dictionary<int, int> losses = [];
        for (int i = 0; i < 4; i++)
            losses[1 + random.Next(whole.Messages)] = random.Next(plan.Shards + 1);
        using Fleet torn = On(plan, second, evict, losses, Judge);
        await torn.RunAsync();
        string folder = _days.Write(whole);
        Assert.InRange(ModelFolder.ReadNetwork(folder).EvictedRows!.Value, 10, 5000);
        Assert.Equal(Days.Bytes(folder), Days.Bytes(_days.Write(torn)));
        using SparseModel written = Days.Load(plan, folder), alone = Days.Load(plan, _days.Train(plan with { Epochs = 2 }, 2, second, evict));
        Assert.Equal(Days.Ids(alone), Days.Ids(written));
        Assert.Equal(written.Rows, judged[4 * plan.EpochSteps]);
        Assert.Contains(torn.Log, l => l.Contains("beginning again", StringComparison.Ordinal) || l.Contains("is replaced", StringComparison.Ordinal));

        // The second pass is the best, and it is judged without what went.
        (double, double?) Judge(SparseModel model)
        {
            judged[model.Steps] = model.Rows;
            return (model.Steps == 4 * plan.EpochSteps ? 0.4 : 0.5, 0.5);
        }
    }

    private static Fleet On(ShardPlan plan, string from, RowEviction evict, Dictionary<int, int>? losses = null, Func<SparseModel, (double, double?)>? judge = null)
    {
        var origin = new ShardOrigin(from, evict);
        return new Fleet(plan with { Before = origin.Steps }) { From = origin, Day = Days.Of(2), Losses = losses ?? [], Judge = judge };
    }
}
