using MLPlatform.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>Models whose rows do not fit into the memory that they may take.</summary>
public sealed class FullTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-full-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ModelName.Lr, 1, 1)]
    [InlineData(ModelName.Fm, 2, 1)]
    [InlineData(ModelName.DeepFm, 4, 1)]
    [InlineData(ModelName.DcnV2, 3, 2)]
    public void A_model_that_spills_is_the_one_from_memory_byte_for_byte(ModelName name, int threads, int minCount)
    {
        using SparseModel memory = Model(name, 1, minCount, 1L << 40, WhenFull.Refuse), spilling = Model(name, threads, minCount, 6 << 20, WhenFull.Spill);
        for (int block = 0; block < 3; block++)
            Assert.Equal(Train(memory, seed: block), Train(spilling, seed: block));
        Assert.InRange(spilling.Network.Tables.Sum(t => t.ColdRows), 5_000, long.MaxValue);
        Assert.Equal(memory.Digest(), spilling.Digest());
        Assert.Equal(Scores(memory), Scores(spilling));

        NetworkSection first = Write(memory, "memory", null);
        Assert.Equal(first.Tables, Write(spilling, "spilling", null).Tables);
        (float[], float[]) after = (Train(memory, seed: 9), Train(spilling, seed: 9));
        Assert.Equal(after.Item1, after.Item2);
        Write(memory, "memory", first);
        Write(spilling, "spilling", first);
        foreach (string file in Directory.GetFiles(At("memory")).Select(f => Path.GetFileName(f)))
            Assert.True(File.ReadAllBytes(Path.Combine(At("memory"), file)).SequenceEqual(File.ReadAllBytes(Path.Combine(At("spilling"), file))), file);
    }

    [Fact]
    public void A_model_that_spills_goes_on_from_a_checkpoint()
    {
        using SparseModel undisturbed = Model(ModelName.Fm, 2, 1, 6 << 20, WhenFull.Spill), resumed = Model(ModelName.Fm, 2, 1, 6 << 20, WhenFull.Spill);
        Train(undisturbed, seed: 1);
        EmbeddingTable table = Assert.Single(undisturbed.Network.Tables);
        TableCheckpoint.SaveFull(table, At("rows"), undisturbed.Steps);
        Train(undisturbed, seed: 2);
        TableCheckpoint.SaveDelta(table, At("changed"), undisturbed.Steps / 2, undisturbed.Steps);

        EmbeddingTable back = resumed.Network.Tables[0];
        uint stamp = TableCheckpoint.Merge(back, At("rows"));
        Assert.Equal(undisturbed.Steps, TableCheckpoint.Apply(back, stamp, At("changed")));
        Assert.Equal(table.Digest(), back.Digest());
        Assert.True(back.ColdRows > 5_000, $"{back.ColdRows} rows are cold");
    }

    [Fact]
    public void What_is_evicted_does_not_depend_on_threads()
    {
        using SparseModel one = Model(ModelName.Fm, 1, 1, 4 << 20, WhenFull.Evict), three = Model(ModelName.Fm, 3, 1, 4 << 20, WhenFull.Evict);
        for (int block = 0; block < 3; block++)
            Assert.Equal(Train(one, seed: block), Train(three, seed: block));
        Assert.Equal(one.Digest(), three.Digest());
        Assert.InRange(one.Bytes, 3 << 20, 4 << 20);
        using SparseModel all = Model(ModelName.Fm, 1, 1, 1L << 40, WhenFull.Refuse);
        Train(all, seed: 0);
        Assert.True(all.Rows > one.Rows, $"{all.Rows} rows after a block, {one.Rows} kept");
    }

    [Fact]
    public void Too_little_memory_to_spill_is_told()
    {
        VlpsException problem = Assert.Throws<VlpsException>(() => Model(ModelName.Fm, 1, 1, 6 << 20, WhenFull.Spill, batch: 8192));
        Assert.Equal(VlpsProblem.Option, problem.Problem);
        Assert.Contains("smaller batch", problem.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private SparseModel Model(ModelName name, int threads, int minCount, long bytes, WhenFull whenFull, int batch = 3600)
    {
        ModelDeclaration declared = SmallSamples.Model(name);
        return new SparseModel(
            declared with { Fields = declared.Fields with { MinCount = minCount } }, SmallSamples.Plain,
            new SparseOptions { Batch = batch, Threads = threads, AnyThreads = true, TableBytes = bytes, WhenFull = whenFull, SpillFolder = _folder });
    }

    private static float[] Train(SparseModel model, int seed)
    {
        FieldBlock block = SmallSamples.Fill(model.NewBlock(), 40_000, seed, ids: 60_000);
        float[] scores = new float[block.Rows];
        model.Train(block, [scores]);
        return scores;
    }

    private static float[] Scores(SparseModel model)
    {
        FieldBlock block = SmallSamples.Fill(model.NewBlock(), 2_000, seed: 77, ids: 60_000);
        float[] scores = new float[block.Rows];
        model.Score(block, 0, 0, scores);
        return scores;
    }

    private NetworkSection Write(SparseModel model, string folder, NetworkSection? before) =>
        NetworkFiles.Write(At(folder), SmallSamples.Model(ModelName.Fm), model, withState: false, before);

    private string At(string name) => Path.Combine(_folder, name);
}
