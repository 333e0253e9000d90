using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Tests.Vlps.Shards;

/// <summary>Days of samples, each with users of its own beside those of the day before, and models that go on from day to day in one process.</summary>
internal sealed class Days : IDisposable
{
    private const int Users = 30, NewUsers = 20;

    private readonly string _path = Directory.CreateTempSubdirectory("days").FullName;
    private int _folders;

    public static FillSamples Of(int day) => (block, part) =>
    {
        long first = (day * 100_000_000L) + ((part.Epoch - 1) * 1_000_000L) + part.Begin + part.First;
        for (long i = first; i < first + part.Rows; i++)
        {
            var random = new Random((int)((((ulong)i + 1) * 0x9E37_79B9_7F4A_7C15) >> 33));
            int user = (day * NewUsers) + random.Next(Users), item = random.Next(20);
            block.Fields[0].Add(Samples.Id("user", user));
            block.Fields[1].Add(Samples.Id("item", item));
            for (int n = random.Next(3); n > 0; n--)
                block.Fields[2].Add(Samples.Id("seen", (day * 200) + random.Next(2000)), random.NextSingle() * 3);
            int row = block.EndRow(random.NextDouble() < (user % 2 == item % 2 ? 0.8 : 0.15) ? 1 : 0, 0.5f + random.NextSingle());
            block.Numbers[row] = random.NextSingle() - 0.5f;
        }
    };

    /// <summary>A day's passes in one process, on the batches that shards have.</summary>
    /// <param name="limited">Whether its tables have the memory of one shard's, and do the same when it is used up.</param>
    /// <returns>The folder of the model.</returns>
    public string Train(ShardPlan plan, int day, string? from = null, RowEviction? evict = null, bool state = true, bool limited = false)
    {
        var options = new SparseOptions { Batch = plan.Batch + plan.Streams, Seed = plan.Seed };
        using var model = new SparseModel(plan.Model, plan.Columns, limited ? options with { TableBytes = plan.TableBytes, WhenFull = plan.WhenFull } : options);
        NetworkSection? before = from is null ? null : ModelFolder.ReadNetwork(from);
        if (before is not null)
            NetworkFiles.LoadState(before, model, name => Path.Combine(from!, name));
        FieldBlock block = model.NewBlock();
        for (uint step = 1; step <= plan.Steps; step++)
        {
            block.Clear();
            for (int worker = 0; worker < plan.Workers; worker++)
            {
                foreach (SamplePart part in plan.PartsOf(step, worker))
                    Of(day)(block, part);
            }
            model.Train(block, [new float[block.Rows]]);
            if (before is not null && step % plan.EpochSteps == 0)
                evict?.Apply(model, before);
        }
        string folder = NewFolder();
        Describe(folder, NetworkFiles.Write(folder, plan.Model, model, state, before));
        return folder;
    }

    /// <summary>The model folder of a training over shards that is over.</summary>
    public string Write(Fleet fleet)
    {
        string folder = NewFolder();
        Describe(folder, ShardModel.Write(fleet.Folder, folder, samples: null, validation: null, fleet.From).Weights);
        return folder;
    }

    /// <summary>A model as it is in a folder, with the state of its training.</summary>
    public static SparseModel Load(ShardPlan plan, string folder)
    {
        var model = new SparseModel(plan.Model, plan.Columns, new SparseOptions { Batch = plan.Batch, Seed = plan.Seed });
        NetworkFiles.LoadState(ModelFolder.ReadNetwork(folder), model, name => Path.Combine(folder, name));
        return model;
    }

    /// <summary>The scores of samples of a day that were not learned from.</summary>
    public static float[] Scores(SparseModel model, int day)
    {
        FieldBlock block = model.NewBlock();
        Of(day)(block, new SamplePart(50, 0, 1, 0, 1000, 0, 1000));
        float[] scores = new float[block.Rows];
        model.Score(block, 0, 0, scores);
        return scores;
    }

    /// <summary>The ids of all tables' rows.</summary>
    public static unsafe IEnumerable<ulong> Ids(SparseModel model)
    {
        List<ulong> ids = [];
        foreach (EmbeddingTable table in model.Network.Tables)
            table.ForEachRow(row => ids.Add(RowHead.Id(row)));
        return ids.Order();
    }

    /// <summary>How often ids were counted that have no row.</summary>
    public static IReadOnlyList<ulong> Counts(SparseModel model)
    {
        List<ulong> counts = [];
        foreach (EmbeddingTable table in model.Network.Tables)
            table.ForEachCounter(counts.Add);
        return counts;
    }

    public static Dictionary<string, string> Bytes(string folder) =>
        Directory.GetFiles(folder).ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexString(File.ReadAllBytes(f)));

    private string NewFolder() => Directory.CreateDirectory(Path.Combine(_path, FormattableString.Invariant($"{_folders++}"))).FullName;

    private static void Describe(string folder, NetworkSection weights) => ModelFolder.SaveNetwork(
        folder, new ModelDescription { Kind = ModelFolder.NetworkKind, Label = new LabelColumn("label", []), Network = weights }, new FeatureSpec { Rows = 0, Columns = [], Features = [] });

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
