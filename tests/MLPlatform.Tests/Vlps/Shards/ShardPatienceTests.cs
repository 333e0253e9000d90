using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using Xunit;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>A training over shards that ends once the validation loss does not get better, and keeps the best pass.</summary>
public sealed class ShardPatienceTests : IDisposable
{
    private static readonly double[] Losses = [0.6, 0.5, 0.55, 0.51, 0.4];

    private readonly string _out = Directory.CreateTempSubdirectory("kept").FullName;
    private readonly Dictionary<uint, ulong> _digests = [];

    public void Dispose() => Directory.Delete(_out, recursive: true);

    [Theory]
    [InlineData(2, 4, 2)]
    [InlineData(1, 3, 2)]
    [InlineData(3, 5, 5)]
    public async Task It_ends_after_so_many_passes_without_a_better_one_and_keeps_the_best(int patience, int passes, int best)
    {
        ShardPlan plan = Plan(ModelName.DeepFm) with { Patience = patience };
        using Fleet fleet = NewFleet(plan);
        await fleet.RunAsync();
        ShardManifest manifest = fleet.Folder.Read()!;
        Assert.True(manifest.Finished);
        Assert.Equal((uint)passes * plan.EpochSteps, manifest.Step);
        Assert.Equal(Losses.Take(passes).Select(loss => (double?)loss), manifest.Judged.Select(j => j.ValidationLogLoss));
        ShardOutcome outcome = ShardModel.Write(fleet.Folder, _out, samples: null, validation: null);
        Assert.Equal((passes, best, Losses[best - 1]), (outcome.Passes, outcome.Kept.Epoch, outcome.Kept.ValidationLogLoss!.Value));
        Assert.Equal((uint)best * plan.EpochSteps, outcome.Weights.Step);
        using var kept = new SparseModel(plan.Model, plan.Columns, new SparseOptions { Batch = plan.Batch, Seed = plan.Seed });
        NetworkFiles.LoadState(outcome.Weights, kept, name => Path.Combine(_out, name));
        Assert.Equal(_digests[outcome.Weights.Step], kept.Digest());
        Assert.Equal(["kept-" + best], Directory.GetDirectories(fleet.Path, "kept-*").Select(Path.GetFileName));
        await fleet.RunAsync(); // It is over for whoever comes again.
        Assert.Equal(manifest.Step, fleet.Folder.Read()!.Step);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public async Task Whoever_is_lost_at_any_message_it_ends_after_the_same_pass_with_the_same_model(int seed)
    {
        ShardPlan plan = Plan(seed % 2 == 0 ? ModelName.Fm : ModelName.DeepFm) with { Patience = 2 };
        using Fleet whole = NewFleet(plan);
        await whole.RunAsync();
        var random = new Random(seed);
        Dictionary<int, int> losses = [];
        for (int i = 0; i < 5; i++)
            losses[1 + random.Next(whole.Messages)] = random.Next(plan.Shards + 1);
        using Fleet torn = NewFleet(plan, losses);
        await torn.RunAsync();
        Assert.Equal(whole.Folder.Read()!.Judged, torn.Folder.Read()!.Judged);
        Assert.Equal(Bytes(whole), Bytes(torn));
        Assert.Contains(torn.Log, l => l.Contains("beginning again", StringComparison.Ordinal) || l.Contains("is replaced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_patience_nothing_is_judged_nor_kept_and_the_weights_are_those_of_the_last_pass()
    {
        ShardPlan plan = Plan(ModelName.Fm) with { Epochs = 2 };
        using Fleet fleet = NewFleet(plan);
        await fleet.RunAsync();
        Assert.Empty(fleet.Folder.Read()!.Judged);
        Assert.Equal(plan.Steps, ShardModel.Write(fleet.Folder, _out, samples: null, validation: null).Weights.Step);
    }

    // Passes do not end where a checkpoint is due anyway.
    private static ShardPlan Plan(ModelName name) => Fleet.Plan(name) with { Rows = 800, Epochs = Losses.Length };

    private Fleet NewFleet(ShardPlan plan, Dictionary<int, int>? losses = null) => new(plan)
    {
        Losses = losses ?? [],
        Judge = model =>
        {
            _digests[model.Steps] = model.Digest();
            return (Losses[(model.Steps / plan.EpochSteps) - 1], 0.5);
        },
    };

    private static Dictionary<string, string> Bytes(Fleet fleet) =>
        Directory.GetFiles(Directory.GetDirectories(fleet.Path, "kept-*").Single()).ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(File.ReadAllBytes(f)));
}
