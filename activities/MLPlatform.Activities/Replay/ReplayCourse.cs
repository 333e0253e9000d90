using System.Globalization;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Core.Activities;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Replay;

/// <summary>One replay as it goes: the model that stays, the champion, and what both scored so far.</summary>
internal sealed class ReplayCourse(ReplayModel.Inputs inputs, IReadOnlyList<ReplaySlice> slices, ActivityContext context) : IDisposable
{
    private const int GateDraws = 200;
    private const int OverallDraws = 500;
    private const double Confidence = 0.95;

    private readonly LabelColumn _label = new(inputs.Label, inputs.Positive);
    private readonly List<ReplayStep> _steps = [];
    private readonly List<float[]> _frozenScores = [], _retrainedScores = [];
    private readonly List<byte[]> _labels = [];
    private ModelFolder? _frozen;
    private ModelFolder? _champion;
    private int _trained;

    public IReadOnlyList<ReplayStep> Steps => _steps;

    public int Run(CancellationToken cancel)
    {
        string[] first = [.. slices.Take(inputs.WarmUp).SelectMany(s => s.All)];
        (_frozen, _champion) = (Train(first, cancel), Train(first, cancel));
        int known = inputs.WarmUp; // Steps that the champion has learned from.
        for (int i = inputs.WarmUp; i < slices.Count; i++)
        {
            // 1. Score the step as serving would have; nothing has learned from it yet.
            (float[][] scores, byte[] labels) = Score([_frozen, _champion], slices[i].All, cancel);
            _frozenScores.Add(scores[0]);
            _retrainedScores.Add(scores[1]);
            _labels.Add(labels);
            // 2. Learn from it, for the next one.
            int age = i - known;
            (bool promoted, string why) = i + 1 < slices.Count ? Retrain(i, cancel) : (false, "the last step");
            known = promoted ? i + 1 : known;
            _steps.Add(ReplayStep.Of(i, slices[i].From, labels, scores[0], scores[1], age, promoted, why));
            context.Progress(0.2 + 0.8 * (i + 1) / slices.Count, $"step {i + 1} of {slices.Count}");
        }
        return _steps.Count;
    }

    /// <summary>Both over all rows, or null where those have one class only.</summary>
    public PairedComparison? Compare(CancellationToken cancel)
    {
        byte[] labels = [.. _labels.SelectMany(l => l)];
        return labels.Contains((byte)1) && labels.Contains((byte)0)
            ? Compare([.. _retrainedScores.SelectMany(s => s)], [.. _frozenScores.SelectMany(s => s)], labels, OverallDraws, cancel)
            : null;
    }

    public void Dispose()
    {
        _frozen?.Dispose();
        _champion?.Dispose();
    }

    private (bool Promoted, string Why) Retrain(int step, CancellationToken cancel)
    {
        int from = inputs.Window is { } window ? Math.Max(0, step + 1 - window) : 0;
        ReplaySlice newest = slices[step];
        string[] files = [.. slices.Take(step).Skip(from).SelectMany(s => s.All), .. newest.Early];
        ModelFolder candidate = Train(files, cancel);
        (bool passes, string why) = newest.Late.Count == 0 ? (true, "retrained, without a gate") : Judge(candidate, newest.Late, cancel);
        if (!passes)
        {
            candidate.Dispose();
            return (false, why);
        }
        _champion!.Dispose();
        _champion = candidate;
        return (true, why);
    }

    private (bool Passes, string Why) Judge(ModelFolder candidate, IReadOnlyList<string> files, CancellationToken cancel)
    {
        (float[][] scores, byte[] labels) = Score([candidate, _champion!], files, cancel);
        if (!labels.Contains((byte)1) || !labels.Contains((byte)0))
            return (false, "nothing to judge by: the rows held out have one label only");
        PairedComparison comparison = Compare(scores[0], scores[1], labels, GateDraws, cancel);
        GateCheck check = GateCheck.Champion(comparison, inputs.Tolerance, Confidence);
        return (check.Passed, string.Create(CultureInfo.InvariantCulture, $"{(check.Passed ? "passed" : "stopped")}: {Page.Signed(comparison.Improvement)} ({check.Value})"));
    }

    private PairedComparison Compare(float[] candidate, float[] champion, byte[] labels, int draws, CancellationToken cancel) =>
        new PairedBootstrap(inputs.Metric, candidate, champion, labels, groups: null, threshold: 0.5)
            .Compare(draws, Confidence, inputs.Training.Seed, context.Cores, cancel);

    private ModelFolder Train(IReadOnlyList<string> files, CancellationToken cancel)
    {
        IReadOnlyList<string> columns = new ParquetRows(files, []).ColumnNames();
        IReadOnlyList<FeatureDeclaration> features = inputs.Features.Count > 0 ? inputs.Features
            : [new FeatureDeclaration { Hash = [.. columns.Where(c => c != inputs.Time && c != inputs.Label && !inputs.Ignore.Contains(c))] }];
        FeatureSpec spec = FeatureFitter.Fit(features, columns, wanted => new ParquetRows(files, wanted).Read());
        string folder = Path.Combine(context.ScratchFolder, string.Create(CultureInfo.InvariantCulture, $"model-{_trained++:D4}"));
        NetworkResult trained = NetworkTraining.Run(
            inputs.Training.OptionsFor(context.Cores, context.ScratchFolder), spec, new FieldSamples(files, spec, [_label]), null, folder, null, cancel);
        ModelFolder.SaveNetwork(folder, new ModelDescription { Kind = ModelFolder.NetworkKind, Label = _label, Network = trained.Weights }, spec);
        return ModelFolder.Load(folder);
    }

    private (float[][] Scores, byte[] Labels) Score(IReadOnlyList<ModelFolder> models, IEnumerable<string> files, CancellationToken cancel)
    {
        ScoredRows rows = ScoredRows.Read(models, [.. files], _label, null, [], null, null, cancel);
        return (rows.Scores, rows.Labels);
    }
}
