using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Evaluation;

/// <summary>The passing of judgement, once everything is scored and measured. Pure.</summary>
/// <param name="inputs">The bounds.</param>
/// <param name="rows">Scores of the candidate, and of the champion where there is one.</param>
/// <param name="slices">Which rows are in which slice.</param>
/// <param name="milliseconds">What the candidate takes for a row, where there is a bound on it.</param>
/// <param name="bytes">The candidate's size.</param>
/// <param name="threads">Threads to use; they do not change the result.</param>
internal sealed class Judgement(GateModel.Inputs inputs, ScoredRows rows, SliceRows slices, double? milliseconds, long bytes, int threads)
{
    private const int CalibrationBins = 20;

    private readonly float[] _candidate = rows.Scores[0];
    private readonly float[]? _champion = rows.Scores.Length == 2 ? rows.Scores[1] : null;

    public Verdict Pass(CancellationToken cancel)
    {
        PairedComparison constant = Compare(_candidate, Constant(), rows.Labels, rows.Groups, inputs.BeatConstant ? inputs.Resamples : 1, cancel);
        PairedComparison? champion = _champion is null ? null : Compare(_candidate, _champion, rows.Labels, rows.Groups, inputs.Resamples, cancel);
        SliceComparison[] compared = _champion is null ? []
            : [.. slices.Large(inputs.SliceRows, rows.Labels).Select(s => new SliceComparison(s.Column, s.Value, s.Rows.Length, CompareOn(s.Rows, cancel)))];
        return new Verdict(
            inputs.Metric, constant.Candidate, champion?.Champion, champion?.Improvement, champion?.Low, champion?.High,
            [.. Checks(constant, champion, compared)], compared);
    }

    private IEnumerable<GateCheck> Checks(PairedComparison constant, PairedComparison? champion, SliceComparison[] compared)
    {
        yield return GateCheck.Minimum(inputs.Metric, constant.Candidate, inputs.Minimum);
        if (inputs.BeatConstant)
            yield return GateCheck.Constant(constant, inputs.Confidence);
        yield return GateCheck.Champion(champion, inputs.Tolerance, inputs.Confidence);
        if (inputs.Slices.Count > 0 && champion is not null)
        {
            foreach (GateCheck check in GateCheck.Slices(compared, inputs.SliceTolerance))
                yield return check;
        }
        if (inputs.MaxCalibrationError is { } error)
            yield return GateCheck.Calibration(CalibrationError(), error);
        if (inputs.MaxMilliseconds is { } longest)
            yield return GateCheck.Latency(milliseconds!.Value, longest);
        if (inputs.MaxSize is { } most)
            yield return GateCheck.Size(bytes, most.Value);
    }

    // The base rate: the best single answer in log loss, and in accuracy at a threshold of one half.
    private float[] Constant()
    {
        float[] scores = new float[rows.Labels.Length];
        Array.Fill(scores, rows.Labels.Sum(l => (long)l) / (float)scores.Length);
        return scores;
    }

    private double CalibrationError()
    {
        float[] scores = [.. _candidate];
        byte[] labels = [.. rows.Labels];
        Array.Sort(scores, labels);
        return Calibration.OfSorted(scores, labels, CalibrationBins).ExpectedError;
    }

    private PairedComparison CompareOn(int[] members, CancellationToken cancel) => Compare(
        Take(_candidate, members), Take(_champion!, members), Take(rows.Labels, members), rows.Groups is null ? null : Take(rows.Groups, members),
        inputs.Resamples, cancel);

    private PairedComparison Compare(float[] candidate, float[] other, byte[] labels, ulong[]? groups, int resamples, CancellationToken cancel) =>
        new PairedBootstrap(inputs.Metric, candidate, other, labels, groups, inputs.Threshold)
            .Compare(resamples, inputs.Confidence, inputs.Seed, threads, cancel);

    private static T[] Take<T>(T[] from, int[] members) => Array.ConvertAll(members, m => from[m]);
}
