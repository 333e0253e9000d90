using MLPlatform.Vlps;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>Trainings over shards that go on from a model, with the new day's samples alone.</summary>
public sealed class ShardFromTests : IDisposable
{
    private readonly Days _days = new();

    public void Dispose() => _days.Dispose();

    [Theory]
    [InlineData(ModelName.Lr, 1, 1)]
    [InlineData(ModelName.Fm, 1, 1)]
    [InlineData(ModelName.Fm, 3, 2)]
    [InlineData(ModelName.DeepFm, 1, 1)]
    [InlineData(ModelName.DeepFm, 3, 2)]
    public async Task They_learn_what_one_process_learns_from_the_same_model(ModelName name, int shards, int workers)
    {
        ShardPlan plan = Plan(name, shards, workers) with { Rows = 4000 };
        string first = _days.Train(plan, 0), alone = _days.Train(plan, 1, first);
        using Fleet fleet = On(plan, first);
        await fleet.RunAsync();
        string together = _days.Write(fleet);
        using SparseModel one = Days.Load(plan, alone), other = Days.Load(plan, together);
        float[] expected = [.. Fleet.Scores(one), .. Days.Scores(one, 1)], scores = [.. Fleet.Scores(other), .. Days.Scores(other, 1)];
        for (int i = 0; i < scores.Length; i++)
            Assert.Equal(expected[i], scores[i], 0.02);
        Assert.Equal(Days.Ids(one), Days.Ids(other));
        NetworkSection here = ModelFolder.ReadNetwork(together), there = ModelFolder.ReadNetwork(alone);
        Assert.Equal((2 * plan.Steps, there.ChangedRows, 0L), (here.Step, here.ChangedRows, here.EvictedRows!.Value));
        Assert.Equal([plan.Steps], here.Ends);
        Assert.InRange(here.ChangedRows!.Value, 100, here.Tables.Sum(t => t.Rows) - 100); // Those of the first day alone did not change.
    }

    [Fact]
    public async Task The_delta_brings_the_rows_of_the_model_before_to_those_of_the_new_one()
    {
        ShardPlan plan = Plan(ModelName.DeepFm, 3, 2);
        string first = _days.Train(plan, 0);
        using Fleet fleet = On(plan, first);
        await fleet.RunAsync();
        AssertDelta(first, _days.Write(fleet));
    }

    [Fact]
    public async Task The_delta_has_what_went_where_the_tables_were_full_too()
    {
        ShardPlan plan = Plan(ModelName.Fm, 2, 1) with { Rows = 12_000, TableBytes = 570_000, WhenFull = WhenFull.Evict, CheckpointEvery = 20, Deltas = 1 };
        string first = _days.Train(plan with { Rows = 1000 }, 0);
        using Fleet fleet = On(plan, first);
        await fleet.RunAsync();
        string second = _days.Write(fleet);
        Assert.InRange(ModelFolder.ReadNetwork(second).EvictedRows!.Value, 10, 5000);
        AssertDelta(first, second);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public async Task Whoever_is_lost_at_any_message_the_folder_has_the_same_bytes(int seed)
    {
        ShardPlan plan = Plan(seed % 2 == 0 ? ModelName.Fm : ModelName.DeepFm, 3, 2, minCount: 1 + (seed % 3)) with { Staleness = 1, Epochs = 2 };
        string first = _days.Train(plan, 0);
        using Fleet whole = On(plan, first);
        await whole.RunAsync();
        var random = new Random(seed);
        Dictionary<int, int> losses = [];
        for (int i = 0; i < 4; i++)
            losses[1 + random.Next(whole.Messages)] = random.Next(plan.Shards + 1);
        using Fleet torn = On(plan, first, losses);
        await torn.RunAsync();
        Assert.Equal(Days.Bytes(_days.Write(whole)), Days.Bytes(_days.Write(torn)));
        Assert.Contains(torn.Log, l => l.Contains("beginning again", StringComparison.Ordinal) || l.Contains("is replaced", StringComparison.Ordinal));
        Assert.Single(torn.Log, l => l.StartsWith("goes on from a model", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_begun_goes_on_from_its_checkpoint_and_not_from_the_model()
    {
        ShardPlan plan = Plan(ModelName.DeepFm, 3, 2, minCount: 2);
        string first = _days.Train(plan, 0);
        using Fleet straight = On(plan, first);
        await straight.RunAsync();
        using Fleet begun = On(plan, first);
        await begun.RunAsync(stopAfter: 10);
        Assert.Equal(7u, begun.Folder.Read()!.Step);
        foreach (string file in Directory.GetFiles(first, "state-*"))
            File.Delete(file);
        using Fleet again = On(plan, first, path: begun.Path);
        await again.RunAsync();
        Assert.DoesNotContain(again.Log, l => l.Contains("from a model", StringComparison.Ordinal));
        Assert.Equal(straight.Digest(), again.Digest());
    }

    [Fact]
    public async Task Another_number_of_shards_goes_on_with_what_was_begun_and_another_model_does_not()
    {
        ShardPlan plan = Plan(ModelName.Fm, 4, 2);
        string first = _days.Train(plan, 0), second = _days.Train(plan, 1, first);
        using Fleet straight = On(plan, first), begun = On(plan, first);
        await straight.RunAsync();
        await begun.RunAsync(stopAfter: 10);
        using Fleet third = On(plan with { Shards = 3, Workers = 3 }, first, path: begun.Path);
        await third.RunAsync();
        float[] one = straight.Scores(), other = third.Scores();
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(one[i], other[i], 0.02);
        using Fleet foreign = On(plan, second, path: begun.Path);
        var problem = await Assert.ThrowsAsync<VlpsException>(() => foreign.RunAsync());
        Assert.Contains("another training", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_and_a_model_without_state_are_told_before_anything_is_learned()
    {
        ShardPlan plan = Plan(ModelName.Fm, 2, 1);
        string bare = _days.Train(plan, 0, state: false), first = _days.Train(plan, 0);
        Assert.Contains("without the state", await ProblemAsync(VlpsProblem.Option, bare), StringComparison.Ordinal);
        byte[] state = await File.ReadAllBytesAsync(Path.Combine(first, "state-0.bin"), TestContext.Current.CancellationToken);
        state[^200] ^= 1;
        await File.WriteAllBytesAsync(Path.Combine(first, "state-0.bin"), state, TestContext.Current.CancellationToken);
        Assert.Contains("state-0.bin", await ProblemAsync(VlpsProblem.BadFile, first), StringComparison.Ordinal);

        async Task<string> ProblemAsync(VlpsProblem kind, string from)
        {
            using Fleet fleet = On(plan, from);
            var problem = await Assert.ThrowsAsync<VlpsException>(() => fleet.RunAsync());
            Assert.Null(fleet.Folder.Read());
            Assert.Equal(kind, problem.Problem);
            return problem.Message;
        }
    }

    // The rows that a deployment of the model before has after the delta, against those of the new file.
    internal static void AssertDelta(string first, string second)
    {
        NetworkSection section = ModelFolder.ReadNetwork(second);
        Assert.True(section.Continues(ModelFolder.ReadNetwork(first)));
        for (int table = 0; table < section.Tables.Count; table++)
        {
            using KeyedRows rows = KeyedRows.Open(Path.Combine(first, section.Tables[table].File)), full = KeyedRows.Open(Path.Combine(second, section.Tables[table].File));
            ulong[] ids = [.. full.Ids().Concat(rows.Ids()).Distinct()];
            rows.Apply(Path.Combine(second, section.Delta!.Files[table].File));
            float[] expected = new float[ids.Length * full.Layout.Values], found = new float[expected.Length];
            Assert.Equal(full.Find(ids, expected), rows.Find(ids, found));
            Assert.Equal(expected, found);
            Assert.Equal(full.Stamp, rows.Stamp);
        }
    }

    internal static ShardPlan Plan(ModelName name, int shards, int workers, int minCount = 1)
    {
        ShardPlan plan = Fleet.Plan(name, shards, workers) with { Staleness = 0, Epochs = 1 };
        return plan with { Model = plan.Model with { Fields = plan.Model.Fields with { MinCount = minCount } } };
    }

    internal static Fleet On(ShardPlan plan, string from, Dictionary<int, int>? losses = null, string? path = null)
    {
        var origin = new ShardOrigin(from);
        return new Fleet(plan with { Before = origin.Steps }, path) { From = origin, Day = Days.Of(1), Losses = losses ?? [] };
    }
}
