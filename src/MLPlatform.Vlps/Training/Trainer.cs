using System.Diagnostics;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

/// <summary>Trains a model on a stream of samples, several times over, in bounded memory.</summary>
public static class Trainer
{
    /// <param name="options">How.</param>
    /// <param name="train">What to learn from.</param>
    /// <param name="validation">What to judge each epoch by, or null.</param>
    /// <param name="progress">Told after every block and every epoch, on the calling thread.</param>
    /// <param name="cancel">Ends training between two blocks.</param>
    /// <exception cref="VlpsException">The options or the samples are unfit, or the weights diverged.</exception>
    public static TrainingResult Train(
        TrainingOptions options, ISampleSource train, ISampleSource? validation, Action<TrainingProgress>? progress, CancellationToken cancel)
    {
        options.Validate();
        var model = new VlpsModel(options.Model, options.Dim, options.HashBits);
        try
        {
            using var kept = options is { Epochs: > 1, ScratchFolder: { } folder }
                ? new KeptSamples(train, Path.Combine(folder, $"samples-{Guid.NewGuid():N}"))
                : null;
            return new Course(options, model, kept ?? train, validation, progress, cancel).Run();
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private sealed class Course(
        TrainingOptions options, VlpsModel model, ISampleSource train, ISampleSource? validation,
        Action<TrainingProgress>? progress, CancellationToken cancel)
    {
        private readonly long _started = Stopwatch.GetTimestamp();
        private readonly long _expected = train.CountRows() * options.Epochs;
        private readonly List<EpochResult> _epochs = [];
        private long _samples;
        private long _rows;
        private long _positives;

        public TrainingResult Run()
        {
            using var trainer = new BlockTrainer(model, options);
            TableSnapshot? best = null;
            (float Bias, float Squares) bestBias = default;
            int bestEpoch = 0;
            for (int epoch = 1; epoch <= options.Epochs; epoch++)
            {
                _epochs.Add(RunEpoch(epoch, trainer));
                progress?.Invoke(Tell(epoch, _epochs[^1].LogLoss, _epochs[^1]));
                if (validation is null || options.Patience is null)
                {
                    bestEpoch = epoch;
                    continue;
                }
                if (bestEpoch == 0 || _epochs[^1].ValidationLogLoss < _epochs[bestEpoch - 1].ValidationLogLoss)
                {
                    bestEpoch = epoch;
                    best = model.Table.Snapshot();
                    bestBias = (model.Bias, model.BiasSquares);
                }
                else if (epoch - bestEpoch >= options.Patience)
                {
                    break;
                }
            }
            if (best is not null && bestEpoch != _epochs.Count)
            {
                model.Table.Restore(best);
                (model.Bias, model.BiasSquares) = bestBias;
            }
            return new TrainingResult(model, _rows, _positives, _epochs, bestEpoch, Speed());
        }

        private TrainingProgress Tell(int epoch, double loss, EpochResult? ended) =>
            new(epoch, options.Epochs, _samples, Speed(), loss, Math.Min(1, _samples / (double)Math.Max(1, _expected)), ended);

        private EpochResult RunEpoch(int epoch, BlockTrainer trainer)
        {
            double loss = 0, weight = 0;
            long rows = 0, positives = 0;
            var order = new SampleOrder(options.Shuffle, options.Seed, epoch);
            using var blocks = ReadAhead<TrainingBlock>.Start(
                train.Read(), () => new TrainingBlock(), (samples, number, into) => into.Fill(samples, order.Of(samples.Rows, number), model.Table), cancel);
            while (blocks.Next() is { } block)
            {
                cancel.ThrowIfCancellationRequested();
                if (_samples == 0)
                    BeginBias(block);
                trainer.Train(block);
                for (int i = 0; i < block.Count; i++)
                {
                    positives += block.Labels[i] > 0 ? 1 : 0;
                    weight += block.Weights[i];
                    loss += block.Weights[i] * Metrics.Losses.LogLoss(block.Scores[i], block.Labels[i]);
                }
                rows += block.Count;
                _samples += block.Count;
                blocks.Return(block);
                progress?.Invoke(Tell(epoch, loss / weight, null));
            }
            (_rows, _positives) = (rows, positives);
            RequireSignal(epoch, loss);
            (double, double?)? judged = validation is null ? null : Validation.Judge(model, validation, cancel);
            return new EpochResult(epoch, loss / weight, judged?.Item1, judged?.Item2);
        }

        private void RequireSignal(int epoch, double loss)
        {
            Signal.Require(_rows, _positives);
            if (!double.IsFinite(loss))
                throw new VlpsException(VlpsProblem.Diverged,
                    $"the weights diverged in epoch {epoch}; lower learningRate ({options.LearningRate}), or scale numeric features (standardize, log)");
        }

        // The base rate of the first block saves the first epoch from learning it through every weight at once.
        private void BeginBias(TrainingBlock block)
        {
            double positives = 0;
            for (int i = 0; i < block.Count; i++)
                positives += block.Labels[i];
            double rate = (positives + 1) / (block.Count + 2);
            model.Bias = (float)Math.Log(rate / (1 - rate));
            model.BiasSquares = options.FirstSquares;
        }

        private double Speed() => _samples / Math.Max(1e-9, Stopwatch.GetElapsedTime(_started).TotalSeconds);
    }
}
