using System.Diagnostics;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Recall;

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

    /// <summary>How scores are calibrated on the validation samples, after the epoch that is kept; null: not.</summary>
    public CalibrationMethod? Calibrate { get; init; }

    /// <summary>Whether the state of the optimizers is written with the weights, so that another training can go on from them. Default: true.</summary>
    public bool WithState { get; init; } = true;

    /// <summary>The folder of a declared model to go on from; null: weights begin anew.</summary>
    public string? From { get; init; }

    /// <summary>Which rows go when a training that goes on from a model has seen its samples; null: none.</summary>
    public RowEviction? Evict { get; init; }

    /// <summary>Where encoded samples are kept for later epochs; null: they are encoded each time.</summary>
    public string? ScratchFolder { get; init; }

    /// <summary>Where it keeps what a killed training goes on from; null: nowhere.</summary>
    public CheckpointOptions? Checkpoints { get; init; }
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
    NetworkSection Weights, long Rows, long Positives, long TableRows, long TableBytes, IReadOnlyList<EpochResult> Epochs, int BestEpoch, double SamplesPerSecond)
{
    /// <summary>Of the kept weights; null where none was asked for.</summary>
    public FittedCalibration? Calibration { get; init; }
}

/// <summary>A calibration, and what it did to the rows that it was fitted to.</summary>
/// <param name="Curve">For scores of all rows, where a part of the negatives was kept.</param>
/// <param name="LogLossBefore">Of the rows that were kept.</param>
/// <param name="LogLoss">The same with calibrated scores.</param>
/// <param name="ErrorBefore">Expected calibration error over 20 bins.</param>
/// <param name="Error">The same with calibrated scores.</param>
public sealed record FittedCalibration(ScoreCalibration Curve, double LogLossBefore, double LogLoss, double ErrorBefore, double Error);

/// <summary>Trains a declared model on a table, several times over, in bounded memory besides its rows.</summary>
public sealed class NetworkTraining : IDisposable
{
    private const int ErrorBins = 20;

    private readonly NetworkOptions _options;
    private readonly KeptBlocks _train;
    private readonly FieldSamples _samples;
    private readonly FieldSamples? _validation;
    private readonly string _folder;
    private readonly Action<TrainingProgress>? _progress;
    private readonly CancellationToken _cancel;
    private readonly SparseModel _model;
    private readonly NetworkScorer _judge;
    private readonly TrainingCheckpoints? _checkpoints;
    private readonly NetworkSection? _before;
    private readonly FeedCrew _feeders;
    private readonly bool _readsAhead, _towers;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _expected, _doneBefore;
    private readonly SortedLabels _sorted = new();
    private TrainingState _state;
    private JudgedScores? _judged;

    private NetworkTraining(
        NetworkOptions options, FeatureSpec spec, FieldSamples train, FieldSamples? validation, string folder, Action<TrainingProgress>? progress, CancellationToken cancel)
    {
        (_options, _train, _samples, _validation, _folder, _progress, _cancel) =
            (options, new KeptBlocks(train, options.Epochs > 1 ? options.ScratchFolder : null), train, validation, folder, progress, cancel);
        (int feeders, _readsAhead) = FeedPlan.For(options.Sparse.Threads, Environment.ProcessorCount);
        _before = options.From is { } from ? ModelFolder.ReadNetwork(from) : null;
        _checkpoints = options.Checkpoints is { } kept ? new TrainingCheckpoints(kept) : null;
        if (_checkpoints?.Restore(() => NewModel(spec), out _model!, folder) is { } state)
        {
            _state = state;
        }
        else
        {
            _model ??= NewModel(spec);
            _state = new TrainingState();
            GoOn();
        }
        _doneBefore = _state.Samples;
        // A validation table has its negatives thinned as the training table has.
        _judge = new NetworkScorer(_model.Network, files: null, corrected: false);
        _towers = _model.Network.Towers.Count > 0;
        _expected = train.CountRows() * options.Epochs;
        _feeders = new FeedCrew(feeders);
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

    private SparseModel NewModel(FeatureSpec spec) => new(_options.Declaration, FieldEncoder.FieldsOf(spec), _options.Sparse);

    private void GoOn()
    {
        if (_before is null)
            return;
        try
        {
            NetworkFiles.LoadState(_before, _model, name => ModelFolder.Inside(_options.From!, name));
        }
        catch
        {
            _model.Dispose();
            throw;
        }
    }

    private NetworkResult Run()
    {
        bool judged = _validation is not null && _options.Patience is not null;
        while (_state.Epoch <= _options.Epochs)
        {
            EpochResult ended = RunEpoch(_state.Epoch);
            bool better = !judged || _state.Best == 0 || ended.ValidationLogLoss < _state.Ended[_state.Best - 1].ValidationLogLoss;
            (long rows, long positives) = (_state.Rows, _state.Positives);
            _state = _state.NextEpoch(ended);
            // Towers learn from label 1 alone, and a training that goes on within an epoch has not seen all of its blocks.
            string? sorted = ended.Epoch == 1 && _doneBefore == 0 && !_towers ? _sorted.Warning(rows, positives) : null;
            _progress?.Invoke(Tell(ended.Epoch, ended.LogLoss, ended.LatestAuc, ended) with { Warning = sorted });
            if (better)
            {
                _state = _state with { Best = ended.Epoch };
                if (judged || ended.Epoch == _options.Epochs)
                    _state = _state with { Kept = new KeptWeights(ended.Epoch, NetworkFiles.Write(_folder, _options.Declaration, _model, _options.WithState, _before), _model.Rows, _model.Bytes) { Calibration = Calibrate() } };
            }
            if (ended.Epoch == _options.Epochs || (!better && ended.Epoch - _state.Best >= _options.Patience))
                return new NetworkResult(_state.Kept!.Section, rows, positives, _state.Kept.Rows, _state.Kept.Bytes, _state.Ended, _state.Best, Speed()) { Calibration = _state.Kept.Calibration };
        }
        throw new InvalidOperationException("a checkpoint is of an epoch after the last");
    }

    private TrainingProgress Tell(int epoch, double loss, double? auc, EpochResult? ended) =>
        new(epoch, _options.Epochs, _state.Samples, Speed(), loss, Math.Min(1, _state.Samples / (double)Math.Max(1, _expected)), ended) { LatestAuc = auc };

    private EpochResult RunEpoch(int epoch)
    {
        float[][] scores = [.. Enumerable.Repeat(Array.Empty<float>(), _model.Tasks)];
        var order = new SampleOrder(shuffle: true, _options.Sparse.Seed, epoch);
        var latest = new BlockAuc();
        int done = _state.Blocks;
        using (IBlockFeed<FieldBlock> blocks = Feed((read, number, into) => Shuffle(read, order, done + number, into)))
        {
            while (blocks.Next() is { } block)
            {
                _cancel.ThrowIfCancellationRequested();
                for (int task = 0; task < scores.Length && scores[task].Length < block.Rows; task++)
                    scores[task] = new float[block.Rows];
                _model.Train(block, scores);
                _state = After(block, scores[0], latest);
                blocks.Return(block);
                _progress?.Invoke(Tell(epoch, _state.MeanLoss, latest.Value, null));
                if (_checkpoints?.IsDue(_state.Samples) == true)
                    _checkpoints.Save(_state, _model, _folder);
            }
        }
        Signal.Require(_state.Rows, _state.Positives, _state.Weight, _samples, _towers);
        // After the first epoch all ids of the samples were touched, so the later ones find nothing but what a checkpoint of that epoch's last step brought back.
        if (_before is not null)
            _options.Evict?.Apply(_model, _before);
        if (_towers)
        {
            RecallFigures? recall = _validation is null ? null : TowerJudge.Of(
                _model.Network.Towers, _judge, _model.NewBlock(), _validation, _model.Network.Tasks[0].Temperature, _options.Sparse.Threads, _cancel);
            return new EpochResult(epoch, _state.Loss / _state.Weight, recall?.Loss, null) { ValidationRecall = recall };
        }
        _judged = _validation is null ? null : Judge(_judge, _model.NewBlock(), _validation, _cancel);
        return new EpochResult(epoch, _state.Loss / _state.Weight, _judged?.LogLoss, _judged?.Auc) { LatestAuc = latest.Value };
    }

    private IBlockFeed<FieldBlock> Feed(Action<FieldBlock, int, FieldBlock> fill)
    {
        IEnumerable<FieldBlock> samples = _train.Read(_model.NewBlock(), _state.Rows, _feeders);
        return _readsAhead ? ReadAhead<FieldBlock>.Start(samples, _model.NewBlock, fill, _cancel) : new ReadInTurn<FieldBlock, FieldBlock>(samples, _model.NewBlock(), fill);
    }

    private void Shuffle(FieldBlock read, SampleOrder order, int block, FieldBlock into)
    {
        order.Of(read.Rows, block);
        into.BeginTake(read.Rows);
        _feeders.ForEach(read.Fields.Count + 1, part => into.TakePart(read, order.Latest, part));
    }

    private FittedCalibration? Calibrate()
    {
        if (_options.Calibrate is not { } method || _judged is not { } judged)
            return null;
        if (judged.Auc is null)
            throw new VlpsException(VlpsProblem.NoSignal, $"a calibration is fitted to the validation table, and all its labels are the same: {_validation!.DescribeLabel()}");
        ScoreCalibration curve = CalibrationFit.OfSorted(method, judged.Scores, judged.Labels);
        float[] after = [.. judged.Scores];
        curve.Apply(after);
        double loss = 0;
        for (int i = 0; i < after.Length; i++)
            loss += Losses.LogLoss(after[i], judged.Labels[i]);
        // The validation table was thinned like the training table; scores are those of all rows.
        return new FittedCalibration(curve.Shifted(Math.Log(_options.Declaration.TasksInFull[0].NegativesKept)), judged.LogLoss, loss / after.Length,
            Calibration.OfSorted(judged.Scores, judged.Labels, ErrorBins).ExpectedError, Calibration.OfSorted(after, judged.Labels, ErrorBins).ExpectedError);
    }

    private TrainingState After(FieldBlock block, float[] scores, BlockAuc latest)
    {
        BlockSums sums = _towers ? BlockSums.OfPositives(scores, block.Labels(0), block.Weights) : BlockSums.Of(scores, block.Labels(0), block.Weights);
        latest.Clear();
        if (!_towers)
            latest.Add(scores.AsSpan(0, block.Rows), block.Labels(0));
        if (_state.Epoch == 1)
            _sorted.Add(block, sums.Positives);
        double loss = _state.Loss + sums.Loss;
        if (!double.IsFinite(loss))
            throw new VlpsException(VlpsProblem.Diverged,
                $"the weights diverged in epoch {_state.Epoch}; lower the fields' rate or denseRate, or scale numeric features (standardize, log)");
        return _state with
        {
            Blocks = _state.Blocks + 1,
            Rows = _state.Rows + block.Rows,
            Samples = _state.Samples + block.Rows,
            Positives = _state.Positives + sums.Positives,
            Loss = loss,
            Weight = _state.Weight + sums.Weight,
        };
    }

    /// <summary>Judges the first task by a table.</summary>
    internal static JudgedScores Judge(NetworkScorer judge, FieldBlock read, FieldSamples source, CancellationToken cancel)
    {
        var scores = new List<float>();
        var labels = new List<byte>();
        float[] buffer = [];
        double loss = 0;
        foreach (FieldBlock block in source.Read(read))
        {
            cancel.ThrowIfCancellationRequested();
            if (buffer.Length < block.Rows)
                buffer = new float[block.Rows];
            judge.Score(block, 0, 0, buffer.AsSpan(0, block.Rows));
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
        (float[] sorted, byte[] theirs) = ([.. scores], [.. labels]);
        Array.Sort(sorted, theirs);
        return new JudgedScores(loss / sorted.Length, Ranking.AucOfSorted(sorted, theirs), sorted, theirs);
    }

    // What an earlier attempt did took no time of this one.
    private double Speed() => (_state.Samples - _doneBefore) / Math.Max(1e-9, Stopwatch.GetElapsedTime(_started).TotalSeconds);

    public void Dispose()
    {
        _feeders.Dispose();
        _train.Dispose();
        _judge.Dispose();
        _model.Dispose();
    }
}

/// <summary>What a model says to samples that it was not trained on.</summary>
/// <param name="LogLoss">Mean over them.</param>
/// <param name="Auc">Null where they have one class only.</param>
/// <param name="Scores">Ascending.</param>
/// <param name="Labels">The labels of those scores.</param>
internal sealed record JudgedScores(double LogLoss, double? Auc, float[] Scores, byte[] Labels);
