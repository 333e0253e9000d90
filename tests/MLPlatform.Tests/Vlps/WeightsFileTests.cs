using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps;

public sealed class WeightsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-weights-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ModelKind.LogisticRegression, true)]
    [InlineData(ModelKind.LogisticRegression, false)]
    [InlineData(ModelKind.FactorizationMachine, true)]
    [InlineData(ModelKind.FactorizationMachine, false)]
    public void A_model_comes_back_bit_equal(ModelKind kind, bool withOptimizer)
    {
        using VlpsModel model = Train(kind);
        WeightsFile.Save(model, At("a"), withOptimizer);
        using VlpsModel loaded = WeightsFile.Load(At("a"));
        WeightsFile.Save(loaded, At("b"), withOptimizer);
        Assert.Equal(File.ReadAllBytes(At("a")), File.ReadAllBytes(At("b")));
        Assert.Equal(Scores(model), Scores(loaded));
    }

    [Fact]
    public void One_changed_bit_anywhere_is_noticed()
    {
        using VlpsModel model = Train(ModelKind.FactorizationMachine);
        WeightsFile.Save(model, At("a"));
        byte[] bytes = File.ReadAllBytes(At("a"));
        var random = new Random(1);
        foreach (int at in Enumerable.Range(0, 60).Select(i => i < 50 ? i : random.Next(bytes.Length)))
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 4;
            File.WriteAllBytes(At("damaged"), damaged);
            Assert.Equal(VlpsProblem.BadFile, Assert.ThrowsAny<VlpsException>(() => WeightsFile.Load(At("damaged"))).Problem);
        }
    }

    [Fact]
    public void A_file_cut_short_is_noticed()
    {
        using VlpsModel model = Train(ModelKind.LogisticRegression);
        WeightsFile.Save(model, At("a"));
        byte[] bytes = File.ReadAllBytes(At("a"));
        foreach (int length in new[] { 0, 7, 43, 44, bytes.Length / 2, bytes.Length - 1 })
        {
            File.WriteAllBytes(At("short"), bytes[..length]);
            Assert.Equal(VlpsProblem.BadFile, Assert.Throws<VlpsException>(() => WeightsFile.Load(At("short"))).Problem);
        }
    }

    private string At(string name) => Path.Combine(_folder, name);

    private static VlpsModel Train(ModelKind kind) => Trainer.Train(
        new TrainingOptions { Model = kind, Dim = 5, HashBits = 10, Epochs = 2 }, Samples.Tastes(1500, 3), null, null, TestContext.Current.CancellationToken).Model;

    private static float[] Scores(VlpsModel model)
    {
        SampleBlock block = Samples.Tastes(500, 4).Read().First();
        var scores = new float[block.Rows];
        model.Score(block, scores);
        return scores;
    }
}
