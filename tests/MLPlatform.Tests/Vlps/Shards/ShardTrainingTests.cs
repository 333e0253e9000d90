using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

public sealed class ShardTrainingTests
{
    [Theory]
    [InlineData(ModelName.Lr)]
    [InlineData(ModelName.Fm)]
    [InlineData(ModelName.DeepFm)]
    public async Task Shards_without_lag_learn_what_one_process_learns(ModelName name)
    {
        ShardPlan plan = Fleet.Plan(name) with { Staleness = 0, Rows = 12_000, Epochs = 1, CheckpointEvery = 50 };
        using var fleet = new Fleet(plan);
        await fleet.RunAsync();
        float[] together = fleet.Scores(), alone = OneProcess(plan);
        Assert.Equal(Fleet.Auc(alone), Fleet.Auc(together), 0.001);
        if (name != ModelName.Lr) // Which cannot learn it.
            Assert.InRange(Fleet.Auc(together), 0.7, 0.9);
        for (int i = 0; i < alone.Length; i++)
            Assert.Equal(alone[i], together[i], 0.02);
    }

    [Theory]
    [InlineData(ModelName.Fm, 1)]
    [InlineData(ModelName.DeepFm, 3)]
    public async Task Lag_does_not_make_a_run_another(ModelName name, int staleness)
    {
        ShardPlan plan = Fleet.Plan(name) with { Staleness = staleness };
        using Fleet one = new(plan), two = new(plan);
        await one.RunAsync();
        await two.RunAsync();
        Assert.Equal(one.Digest(), two.Digest());
        Assert.InRange(Fleet.Auc(one.Scores()), 0.65, 0.9);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public async Task Whoever_is_lost_at_any_message_the_model_is_the_same(int seed)
    {
        ShardPlan plan = Fleet.Plan(seed % 2 == 0 ? ModelName.Fm : ModelName.DeepFm);
        using Fleet whole = new(plan);
        await whole.RunAsync();
        var random = new Random(seed);
        Dictionary<int, int> losses = [];
        for (int i = 0; i < 4; i++)
            losses[1 + random.Next(whole.Messages)] = random.Next(plan.Shards + 1);
        using Fleet torn = new(plan) { Losses = losses };
        await torn.RunAsync();
        Assert.Equal(whole.Digest(), torn.Digest());
        Assert.Contains(torn.Log, l => l.Contains("beginning again", StringComparison.Ordinal) || l.Contains("is replaced", StringComparison.Ordinal));
    }

    [Theory, InlineData(4, 3), InlineData(2, 5)]
    public async Task A_checkpoint_goes_on_on_another_number_of_shards(int before, int after)
    {
        ShardPlan plan = Fleet.Plan(ModelName.Fm) with { Staleness = 0 };
        using Fleet straight = new(plan with { Shards = before });
        await straight.RunAsync();
        using Fleet first = new(plan with { Shards = before });
        await first.RunAsync(stopAfter: 17);
        Assert.Equal(14u, first.Folder.Read()!.Step);
        Assert.Equal(first.Digest(), Parts(first.Folder, plan, after));
        using Fleet third = new(plan with { Shards = after, Workers = 3 }, first.Path);
        await third.RunAsync();
        Assert.True(third.Folder.Read()!.Finished);
        Assert.Equal(after, third.Folder.Read()!.Chain.Shards);
        float[] one = straight.Scores(), other = third.Scores();
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(one[i], other[i], 0.02);
    }

    [Fact]
    public async Task Another_model_does_not_go_on_from_a_checkpoint()
    {
        using Fleet first = new(Fleet.Plan(ModelName.Fm));
        await first.RunAsync(stopAfter: 8);
        using Fleet second = new(Fleet.Plan(ModelName.Lr), first.Path);
        var problem = await Assert.ThrowsAsync<MLPlatform.Vlps.VlpsException>(() => second.RunAsync());
        Assert.Contains("another training", problem.Message, StringComparison.Ordinal);
    }

    // Every shard of another number takes its part; together they have everything, once.
    private static ulong Parts(ShardFolder folder, ShardPlan plan, int shards)
    {
        ulong sum = 0;
        for (int shard = 0; shard < shards; shard++)
        {
            using var part = new SparseModel(plan.Model, plan.Columns, new SparseOptions { Batch = plan.Batch });
            ShardFiles.Load(folder, part.Network.Tables, folder.Read()!, (shard, shards));
            Assert.InRange(part.Rows, 1, 90);
            foreach (EmbeddingTable table in part.Network.Tables)
                sum += table.Digest();
            if (shard > 0)
                continue;
            ShardFiles.LoadDense(folder, part.Network.Parameters, folder.Read()!.Step, plan);
            ulong all = part.Digest();
            foreach (EmbeddingTable table in part.Network.Tables)
                all -= table.Digest();
            sum += all;
        }
        return sum;
    }

    private static float[] OneProcess(ShardPlan plan)
    {
        using var model = new SparseModel(plan.Model, plan.Columns, new SparseOptions { Batch = plan.Batch + plan.Streams, Seed = plan.Seed });
        FieldBlock block = model.NewBlock();
        for (uint step = 1; step <= plan.Steps; step++)
        {
            block.Clear();
            for (int worker = 0; worker < plan.Workers; worker++)
            {
                foreach (SamplePart part in plan.PartsOf(step, worker))
                    Fleet.Fill(block, part.Begin + part.First, part.Rows);
            }
            model.Train(block, [new float[block.Rows]]);
        }
        return Fleet.Scores(model);
    }
}
