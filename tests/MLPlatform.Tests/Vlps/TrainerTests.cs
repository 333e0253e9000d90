using MLPlatform.Vlps;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps;

public sealed class TrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-vlps-").FullName;

    private static readonly TrainingOptions Fm = new()
    {
        Model = ModelKind.FactorizationMachine,
        Dim = 8,
        HashBits = 12,
        Epochs = 3,
        LearningRate = 0.1f,
        FactorScale = 0.1f,
    };

    private static readonly int[] Threads = [1, 2, 3, 1];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(ModelKind.LogisticRegression)]
    [InlineData(ModelKind.FactorizationMachine)]
    public void The_same_seed_gives_the_same_bytes_on_any_number_of_threads(ModelKind kind)
    {
        byte[][] files = [.. Threads.Select((threads, i) =>
            Weights(Fm with { Model = kind, Threads = threads, ScratchFolder = i % 2 == 0 ? _folder : null }))];
        Assert.All(files, f => Assert.Equal(files[0], f));
        Assert.NotEqual(files[0], Weights(Fm with { Model = kind, Seed = 2 }));
    }

    [Fact]
    public void A_factorization_machine_learns_what_a_linear_model_cannot()
    {
        Assert.InRange(Auc(Fm with { Model = ModelKind.LogisticRegression }), 0.4, 0.6);
        Assert.True(Auc(Fm) > 0.8);
        Assert.True(Auc(Fm with { Updates = Updates.Hogwild, Threads = 2 }) > 0.8);
    }

    [Fact]
    public void Epochs_read_from_the_scratch_folder_are_those_of_the_source_and_leave_nothing_behind()
    {
        Assert.Equal(Weights(Fm), Weights(Fm with { ScratchFolder = _folder }));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_sample_of_weight_zero_changes_nothing_and_weight_two_counts_twice()
    {
        (float, float, (ulong, float)[]) Row(float label, float weight, int id) => (label, weight, [(Samples.Id("x", id), 1f)]);
        double p = Predict([Row(1, 0, 1), Row(0, 1, 1), Row(1, 1, 2), Row(0, 1, 2)], Samples.Id("x", 1));
        Assert.True(p < 0.3);
        double balanced = Predict([Row(1, 2, 1), Row(0, 1, 1), Row(0, 1, 1)], Samples.Id("x", 1));
        Assert.InRange(balanced, 0.4, 0.6);
    }

    [Fact]
    public void Training_stops_when_the_validation_loss_no_longer_improves_and_keeps_the_best_weights()
    {
        // Labels are noise, so learning them by heart makes the validation loss worse.
        var random = new Random(1);
        Samples Noise(int rows) => new([.. Enumerable.Range(0, rows).Select(_ =>
            ((float)random.Next(2), 1f, new[] { (Samples.Id("x", random.Next(200)), 1f), (Samples.Id("y", random.Next(200)), 1f) }))]);
        Samples validation = Noise(500);
        TrainingResult result = Trainer.Train(
            Fm with { Epochs = 50, LearningRate = 0.3f, Patience = 2 }, Noise(500), validation, null, TestContext.Current.CancellationToken);
        using VlpsModel model = result.Model;
        Assert.Equal(result.BestEpoch + 2, result.Epochs.Count);
        SampleBlock block = validation.Read().First();
        var scores = new float[block.Rows];
        model.Score(block, scores);
        double loss = Enumerable.Range(0, block.Rows).Average(i => Losses.LogLoss(scores[i], block.Labels[i]));
        Assert.Equal(result.Epochs[result.BestEpoch - 1].ValidationLogLoss!.Value, loss, 9);
    }

    [Fact]
    public void Progress_ends_at_all_of_it()
    {
        var told = new List<TrainingProgress>();
        Trainer.Train(Fm, Samples.Tastes(3500, 1), null, told.Add, TestContext.Current.CancellationToken).Model.Dispose();
        Assert.Equal(3 * 4, told.Count(t => t.Ended is null));
        Assert.Equal((3, 10_500, 1.0), (told[^1].Epoch, told[^1].Samples, told[^1].Fraction));
        Assert.All(told, t => Assert.True(t.SamplesPerSecond > 0 && t.LogLoss > 0));
    }

    [Fact]
    public void An_epoch_is_told_when_it_has_ended_and_not_at_the_end_of_all()
    {
        var told = new List<TrainingProgress>();
        TrainingResult result = Trainer.Train(Fm, Samples.Tastes(3500, 1), Samples.Tastes(500, 2), told.Add, TestContext.Current.CancellationToken);
        result.Model.Dispose();
        Assert.Equal(result.Epochs, told.Select(t => t.Ended).OfType<EpochResult>());
        Assert.True(told.FindIndex(t => t.Ended?.Epoch == 1) < told.FindIndex(t => t.Epoch == 2));
    }

    [Fact]
    public void Labels_of_one_class_are_refused()
    {
        var one = new Samples([(1f, 1f, [(1UL, 1f)]), (1f, 1f, [(2UL, 1f)])]);
        var problem = Assert.Throws<VlpsException>(() => Trainer.Train(Fm, one, null, null, TestContext.Current.CancellationToken));
        Assert.Equal(VlpsProblem.NoSignal, problem.Problem);
        Assert.Contains("all 2 samples have the label 1", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_diverge_are_an_error_that_names_the_learning_rate()
    {
        var huge = new Samples([.. Enumerable.Range(0, 200).Select(i => ((float)(i % 2), 1f, new[] { (1UL, 1e30f), ((ulong)i, 1e30f) }))]);
        var problem = Assert.Throws<VlpsException>(() => Trainer.Train(Fm, huge, null, null, TestContext.Current.CancellationToken));
        Assert.Equal(VlpsProblem.Diverged, problem.Problem);
        Assert.Contains("learningRate", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_fails_while_reading_fails_the_training()
    {
        var problem = Assert.Throws<VlpsException>(() => Trainer.Train(Fm, new Broken(), null, null, TestContext.Current.CancellationToken));
        Assert.Equal("the second block is broken", problem.Message);
    }

    private static double Auc(TrainingOptions options)
    {
        TrainingResult result = Trainer.Train(
            options with { Epochs = 8 }, Samples.Tastes(8000, 1), Samples.Tastes(2000, 2), null, TestContext.Current.CancellationToken);
        result.Model.Dispose();
        return result.Epochs[^1].ValidationAuc!.Value;
    }

    private byte[] Weights(TrainingOptions options)
    {
        using VlpsModel model = Trainer.Train(options, Samples.Tastes(3500, 1), null, null, TestContext.Current.CancellationToken).Model;
        string file = Path.Combine(_folder, "weights.bin");
        WeightsFile.Save(model, file);
        byte[] bytes = File.ReadAllBytes(file);
        File.Delete(file);
        return bytes;
    }

    private static double Predict((float, float, (ulong, float)[])[] rows, ulong id)
    {
        (float, float, (ulong, float)[])[] many = [.. Enumerable.Range(0, 200).SelectMany(_ => rows)];
        using VlpsModel model = Trainer.Train(
            Fm with { Model = ModelKind.LogisticRegression, Epochs = 20 }, new Samples(many), null, null, TestContext.Current.CancellationToken).Model;
        var block = new SampleBlock();
        block.Add(id, 1f);
        block.EndRow(0, 1);
        var score = new float[1];
        model.Score(block, score);
        return score[0];
    }

    private sealed class Broken : ISampleSource
    {
        public long CountRows() => 2000;

        public IEnumerable<SampleBlock> Read()
        {
            yield return Samples.Tastes(1000, 1).Read().First();
            throw new VlpsException(VlpsProblem.BadFile, "the second block is broken");
        }
    }
}
