using System.Text.Json;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>What a training tells on its way, and what becomes of it when its samples or its memory fail.</summary>
public sealed class FailingSourceTests : IDisposable
{
    private const int Rows = 1000, Block = 300;

    private readonly TestActivityContext _context = new();

    private static FeatureSpec Spec { get; } = FeatureFitter.Fit([new FeatureDeclaration { Hash = ["colour"] }], ["colour", "clicked"], columns => Read(columns, 0, Rows, Rows + 1));

    public void Dispose() => _context.Dispose();

    [Fact]
    public void A_source_that_fails_midway_fails_the_training_with_its_own_words_and_leaves_no_model()
    {
        string folder = Path.Combine(_context.NewFolder(), "model"), scratch = _context.NewFolder();
        List<TrainingProgress> told = [];
        IOException problem = Assert.Throws<IOException>(() => NetworkTraining.Run(
            Options(epochs: 3) with { ScratchFolder = scratch }, Spec, Samples(failAt: 700), null, folder, told.Add, TestContext.Current.CancellationToken));
        Assert.Equal("the disk is gone", problem.Message);
        Assert.Equal([300L, 600], told.Select(t => t.Samples)); // What came before it was trained on.
        Assert.False(Directory.Exists(folder));
        Assert.Empty(Directory.GetFiles(scratch));
    }

    [Fact]
    public void A_training_whose_source_failed_goes_on_from_its_checkpoint_to_the_same_bytes()
    {
        string whole = _context.NewFolder(), mended = _context.NewFolder(), checkpoints = _context.NewFolder();
        NetworkOptions options = Options(epochs: 2);
        Train(options, whole, failAt: int.MaxValue);
        options = options with { Checkpoints = new CheckpointOptions { Folder = checkpoints, Fingerprint = "one", EverySamples = 1 } };
        Assert.Throws<IOException>(() => Train(options, mended, failAt: 700));
        Assert.NotEmpty(Directory.GetFiles(checkpoints, "*.state"));
        Train(options, mended, failAt: int.MaxValue);
        foreach (string file in Directory.GetFiles(whole))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(mended, Path.GetFileName(file))));
    }

    [Fact]
    public void Progress_is_told_after_every_block_and_every_epoch_in_order_and_on_the_callers_thread()
    {
        List<TrainingProgress> told = [];
        int thread = Environment.CurrentManagedThreadId;
        NetworkTraining.Run(Options(epochs: 2), Spec, Samples(), Samples(), _context.NewFolder(), progress =>
        {
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            told.Add(progress);
        }, TestContext.Current.CancellationToken);
        Assert.Equal(
            [(1, 300L, false), (1, 600, false), (1, 900, false), (1, 1000, false), (1, 1000, true), (2, 1300, false), (2, 1600, false), (2, 1900, false), (2, 2000, false), (2, 2000, true)],
            told.Select(t => (t.Epoch, t.Samples, t.Ended is not null)));
        Assert.Equal(told.Select(t => t.Samples / 2000.0), told.Select(t => t.Fraction));
        Assert.All(told, t => Assert.Equal(2, t.Epochs));
        Assert.Equal([1, 2], told.Where(t => t.Ended is not null).Select(t => t.Ended!.Epoch));
        Assert.All(told, t => Assert.True(t.Ended is null || t.Ended.ValidationLogLoss > 0));
    }

    [Fact]
    public void A_training_without_progress_to_tell_is_the_same()
    {
        string one = _context.NewFolder(), other = _context.NewFolder();
        Train(Options(epochs: 1), one, failAt: int.MaxValue);
        NetworkTraining.Run(Options(epochs: 1), Spec, Samples(), null, other, _ => { }, TestContext.Current.CancellationToken);
        Assert.All(Directory.GetFiles(one), file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(other, Path.GetFileName(file)))));
    }

    [Fact]
    public async Task A_model_that_does_not_fit_into_the_attempts_memory_is_ML_011()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(500, 1));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour"] });
        var inputs = new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Positive = ["yes"], Epochs = 1 };
        TrainVlps.Outputs large = await Chain.TrainAsync(_context, inputs);
        _context.MemoryToUse = 4L * Segment.Bytes << new TableOptions { Layout = new RowLayout(16, Precision.Float32, RowOptimizer.Adagrad, linear: true) }.PartitionBits; // Half of it is what an empty index takes.
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs with { From = large.Model }));
        Assert.Equal("ML-011", problem.Code);
        Assert.Contains("full", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_is_out_of_memory_is_ML_011_and_a_matter_of_resources()
    {
        ActivityException problem = Assert.Throws<ActivityException>(() => MlErrors.Explained<int>(() => throw new InsufficientMemoryException()));
        Assert.Equal(("ML-011", FailureKind.Resource), (problem.Code, problem.Kind));
    }

    [Fact]
    public void Every_problem_of_the_library_has_a_code_of_its_own()
    {
        string[] codes = [.. Enum.GetValues<VlpsProblem>().Select(p => new VlpsException(p, "x").Code)];
        Assert.Equal(codes.Length, codes.Distinct().Count());
    }

    private static void Train(NetworkOptions options, string folder, int failAt) =>
        NetworkTraining.Run(options, Spec, Samples(failAt), null, folder, null, TestContext.Current.CancellationToken);

    private static NetworkOptions Options(int epochs) => new()
    {
        Declaration = new ModelDeclaration { Model = ModelName.Fm },
        Epochs = epochs,
        Sparse = new SparseOptions { Batch = 64, AnyThreads = true },
    };

    private static FieldSamples Samples(int failAt = int.MaxValue) =>
        new((columns, skip, most) => Read(columns, skip, Math.Min(most, Rows - skip), failAt), () => Rows, Spec, [new LabelColumn("clicked", [])], blockRows: Block);

    // In pieces of 100 rows; the disk is gone before the one in which the row is that fails.
    private static IEnumerable<ColumnBatch> Read(IReadOnlyList<string> columns, long skip, long most, int failAt)
    {
        for (long from = skip; from < skip + most; from += 100)
        {
            long to = Math.Min(from + 100, skip + most);
            if (failAt < to)
                throw new IOException("the disk is gone");
            yield return ColumnBatch.FromJson(columns, [.. Enumerable.Range((int)from, (int)(to - from)).Select(i => JsonSerializer.SerializeToElement(new { colour = $"c{i % 7}", clicked = i % 3 == 0 ? 1 : 0 }))]);
        }
    }
}
