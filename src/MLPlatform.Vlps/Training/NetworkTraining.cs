using System.Diagnostics;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Vlps.Training;

/// <summary>How a declared model is trained on a table.</summary>
public sealed record NetworkOptions
{
    public required ModelDeclaration Declaration { get; init; }

    /// <summary>Threads, batch, seed and memory. With <see cref="SparseOptions.AnyThreads"/> the same seed gives the same bytes on any number of threads up to 8.</summary>
    public required SparseOptions Sparse { get; init; }

    /// <summary>Passes over the samples. Default: 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Ends training when the validation loss has not improved for this many epochs, and keeps the best weights; null: never.</summary>
    public int? Patience { get; init; }
}

/// <summary>How the training of a declared model went.</summary>
/// <param name="Weights">The files of the kept weights.</param>
/// <param name="Rows">Samples of one epoch.</param>
/// <param name="Positives">How many of them have label 1 in the first task.</param>
/// <param name="TableRows">Ids that have weights.</param>
/// <param name="TableBytes">Memory of their rows and index.</param>
/// <param name="BestEpoch">The epoch whose weights were kept.</param>
/// <param name="SamplesPerSecond">Samples of all epochs over the time it took, reading and encoding included.</param>
public sealed record NetworkResult(
    NetworkSection Weights, long Rows, long Positives, long TableRows, long TableBytes, IReadOnlyList<EpochResult> Epochs, int BestEpoch, double SamplesPerSecond);

/// <summary>Trains a declared model on a table, several times over, in bounded memory besides its rows.</summary>
public sealed class NetworkTraining : IDisposable
{
    private readonly NetworkOptions _options;
    private readonly FieldSamples _train;
    private readonly FieldSamples? _validation;
    private readonly string _folder;
    private readonly Action<TrainingProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly SparseModel _model;
    private readonly NetworkScorer _judge;
    private readonly List<EpochResult> _epochs = [];
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _expected;
    private long _samples, _rows, _positives;

    private NetworkTraining(
        NetworkOptions options, FeatureSpec spec, FieldSamples train, FieldSamples? validation, string folder, Action<TrainingProgress>? progress, CancellationToken cancel)
    {
        (_options, _train, _validation, _folder, _progress, _cancel) = (options, train, validation, folder, progress, cancel);
        _model = new SparseModel(options.Declaration, FieldEncoder.FieldsOf(spec), options.Sparse);
        // A validation table has its negatives thinned as the training table has.
        _judge = new NetworkScorer(_model.Network, files: null, corrected: false);
        _expected = train.CountRows() * options.Epochs;
    }

    /// <param name="options">How.</param>
    /// <param name="spec">The fitted features, which are the fields.</param>
    /// <param name="train">What to learn from.</param>
    /// <param name="validation">What to judge each epoch by, or null.</param>
    /// <param name="folder">Receives the files of the weights.</param>
    /// <param name="progress">Told after every block and every epoch, on the calling thread.</param>
    /// <param name="cancel">Ends training between two blocks.</param>
    /// <exception cref="VlpsException">The options or the samples are unfit, or the weights diverged.</exception>
    public static NetworkResult Run(
        NetworkOptions options, FeatureSpec spec, FieldSamples train, FieldSamples? validation, string folder, Action<TrainingProgress>? progress, CancellationToken cancel)
    {
        using var training = new NetworkTraining(options, spec, train, validation, folder, progress, cancel);
        return training.Run();
    }

    private NetworkResult Run()
    {
        int best = 0;
        NetworkSection? weights = null;
        long tableRows = 0, tableBytes = 0;
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            _epochs.Add(RunEpoch(epoch));
            _progress?.Invoke(Tell(epoch, _epochs[^1].LogLoss, _epochs[^1]));
            bool judged = _validation is not null && _options.Patience is not null;
            bool better = !judged || best == 0 || _epochs[^1].ValidationLogLoss < _epochs[best - 1].ValidationLogLoss;
            if (better)
            {
                best = epoch;
                if (judged || epoch == _options.Epochs)
                    (weights, tableRows, tableBytes) = (NetworkFiles.Write(_folder, _options.Declaration, _model), _model.Rows, _model.Bytes);
            }
            else if (epoch - best >= _options.Patience)
            {
                break;
            }
        }
        return new NetworkResult(weights!, _rows, _positives, tableRows, tableBytes, _epochs, best, Speed());
    }

    private TrainingProgress Tell(int epoch, double loss, EpochResult? ended) =>
        new(epoch, _options.Epochs, _samples, Speed(), loss, Math.Min(1, _samples / (double)Math.Max(1, _expected)), ended);

    private EpochResult RunEpoch(int epoch)
    {
        double loss = 0, weight = 0;
        long rows = 0, positives = 0;
        float[][] scores = [.. Enumerable.Repeat(Array.Empty<float>(), _model.Tasks)];
        var order = new SampleOrder(shuffle: true, _options.Sparse.Seed, epoch);
        using var blocks = ReadAhead<FieldBlock>.Start(
            _train.Read(_model.NewBlock()), _model.NewBlock, (read, number, into) => into.Take(read, order.Of(read.Rows, number)), _cancel);
        while (blocks.Next() is { } block)
        {
            _cancel.ThrowIfCancellationRequested();
            for (int task = 0; task < scores.Length && scores[task].Length < block.Rows; task++)
                scores[task] = new float[block.Rows];
            _model.Train(block, scores);
            Span<float> labels = block.Labels(0), weights = block.Weights;
            for (int i = 0; i < block.Rows; i++)
            {
                positives += labels[i] > 0 ? 1 : 0;
                weight += weights[i];
                loss += weights[i] * Losses.LogLoss(scores[0][i], labels[i]);
            }
            rows += block.Rows;
            _samples += block.Rows;
            blocks.Return(block);
            _progress?.Invoke(Tell(epoch, loss / weight, null));
        }
        (_rows, _positives) = (rows, positives);
        Signal.Require(rows, positives);
        if (!double.IsFinite(loss))
            throw new VlpsException(VlpsProblem.Diverged,
                $"the weights diverged in epoch {epoch}; lower the fields' rate or denseRate, or scale numeric features (standardize, log)");
        (double, double?)? judged = _validation is null ? null : Judge(_validation);
        return new EpochResult(epoch, loss / weight, judged?.Item1, judged?.Item2);
    }

    private (double LogLoss, double? Auc) Judge(FieldSamples source)
    {
        var scores = new List<float>();
        var labels = new List<byte>();
        float[] buffer = [];
        double loss = 0;
        foreach (FieldBlock block in source.Read(_model.NewBlock()))
        {
            _cancel.ThrowIfCancellationRequested();
            if (buffer.Length < block.Rows)
                buffer = new float[block.Rows];
            _judge.Score(block, 0, 0, buffer.AsSpan(0, block.Rows));
            for (int i = 0; i < block.Rows; i++)
            {
                float label = block.Labels(0)[i];
                loss += Losses.LogLoss(buffer[i], label);
                scores.Add(buffer[i]);
                labels.Add((byte)label);
            }
        }
        if (scores.Count == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the validation table has no rows");
        return (loss / scores.Count, Ranking.Auc([.. scores], [.. labels]));
    }

    private double Speed() => _samples / Math.Max(1e-9, Stopwatch.GetElapsedTime(_started).TotalSeconds);

    public void Dispose()
    {
        _judge.Dispose();
        _model.Dispose();
    }
}
