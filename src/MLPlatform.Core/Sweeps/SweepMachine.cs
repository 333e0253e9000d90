using System.Globalization;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Sweeps;

/// <summary>What is seen of the run of a trial that has not ended.</summary>
/// <param name="Status">Null: the run was not started yet.</param>
/// <param name="Problem">Why it cannot be started, or null.</param>
/// <param name="Value">The objective, where the run succeeded and gave one.</param>
/// <param name="Because">Why it failed, or gave no value.</param>
/// <param name="Curve">What it reported so far of the metric that it is judged by.</param>
public sealed record TrialFacts(RunStatus? Status, string? Problem, double? Value, string? Because, IReadOnlyList<CurvePoint> Curve);

/// <summary>All that the next step of a sweep depends on.</summary>
/// <param name="Facts">By the number of the trial; of all trials that run or are being stopped.</param>
/// <param name="WaiterEnded">The run that waited for the sweep goes on without it, or has ended.</param>
public sealed record SweepPicture(Sweep Sweep, IReadOnlyList<Trial> Trials, IReadOnlyDictionary<int, TrialFacts> Facts, bool WaiterEnded, DateTimeOffset Now);

/// <param name="Trials">New and changed ones.</param>
public sealed record SweepDecision(SweepState State, IReadOnlyList<Trial> Trials);

/// <summary>
/// Decides the next step of a sweep from what is written down of it and what is seen of its runs. A trial is a row with the id
/// of its run before the run is started, so a crash at any point neither loses nor doubles one.
/// </summary>
public static class SweepMachine
{
    private const int MostPoints = 2000;

    public static SweepDecision Decide(SweepPicture picture)
    {
        if (picture.Sweep.State is SweepState.Ended)
            return new(picture.Sweep.State, []);
        List<Trial> trials = [.. picture.Trials.Select(t => picture.Facts.TryGetValue(t.Number, out TrialFacts? facts) && facts.Curve.Count > 0 ? t with { Curve = Thin(facts.Curve) } : t)];

        // 1. What became of the trials; 2. which are stopped early.
        for (int i = 0; i < trials.Count; i++)
            if (picture.Facts.TryGetValue(trials[i].Number, out TrialFacts? facts))
                trials[i] = Follow(trials[i], facts, picture.Now);
        if (picture.Sweep.Settings.StopEarly is { } rule)
            for (int i = 0; i < trials.Count; i++)
                trials[i] = JudgeEarly(trials[i], rule, picture.Sweep.Settings.Objective.Direction, trials);

        // 3. Whether the sweep goes on; if not, its trials do not either. 4. New trials.
        SweepState state = picture.Sweep.State is SweepState.Running ? GoesOn(picture, trials) : picture.Sweep.State;
        if (state is SweepState.Stopping stopping)
        {
            for (int i = 0; i < trials.Count; i++)
                trials[i] = Stop(trials[i], stopping.Because, picture);
        }
        else
            Propose(picture, trials);

        // 5. The end, once nothing runs.
        if (trials.All(t => t.State.IsTerminal))
            state = End(picture, state, trials);
        Dictionary<int, Trial> before = picture.Trials.ToDictionary(t => t.Number);
        return new(state, [.. trials.Where(t => !before.TryGetValue(t.Number, out Trial? was) || was.State != t.State || was.Rung != t.Rung)]);
    }

    private static Trial Follow(Trial trial, TrialFacts facts, DateTimeOffset now)
    {
        if (trial.State.IsTerminal)
            return trial;
        if (facts.Problem is { } problem)
            return trial with { State = new TrialState.Failed(problem, now) };
        if (facts.Status?.IsTerminal() != true)
            return trial;
        // One that was done before it heard that it should stop is done.
        return (facts.Status, trial.State) switch
        {
            (RunStatus.Succeeded, _) when facts.Value is { } value => trial with { State = new TrialState.Completed(value, now) },
            (RunStatus.Succeeded, _) => trial with { State = new TrialState.Failed(facts.Because ?? "the run gave no value", now) },
            (_, TrialState.Stopping stopping) => trial with { State = new TrialState.Stopped(stopping.Because, Last(trial), now) },
            (RunStatus.Cancelled, _) => trial with { State = new TrialState.Failed("somebody cancelled the run", now) },
            _ => trial with { State = new TrialState.Failed(facts.Because ?? "the run failed", now) },
        };
    }

    // Trials that ended by themselves are judged, too: later ones are compared with them at the steps they passed.
    private static Trial JudgeEarly(Trial trial, StopRule rule, Direction direction, List<Trial> all)
    {
        if (trial.State is not TrialState.Running)
            return trial;
        Judgement judged = EarlyStop.Judge(rule, direction, trial, all);
        return trial with { Rung = judged.Rung, State = judged.Because is { } because ? new TrialState.Stopping(because) : trial.State };
    }

    private static SweepState GoesOn(SweepPicture picture, List<Trial> trials)
    {
        SweepBudget budget = picture.Sweep.Settings.Budget;
        int failed = trials.Count(t => t.State is TrialState.Failed);
        if (picture.WaiterEnded)
            return new SweepState.Stopping(SweepEnd.Stopped, "the run that waited for it goes on without it");
        if (failed >= budget.Failures)
            return new SweepState.Stopping(SweepEnd.Failed, string.Create(CultureInfo.InvariantCulture, $"{failed} trials failed; the last: {((TrialState.Failed)trials.Last(t => t.State is TrialState.Failed).State).Because}"));
        if (budget.Time is { } time && picture.Now >= picture.Sweep.CreatedAt + time)
            return new SweepState.Stopping(SweepEnd.Completed, "its time is over");
        return picture.Sweep.State;
    }

    private static Trial Stop(Trial trial, string because, SweepPicture picture) => trial.State switch
    {
        TrialState.Running when picture.Facts.TryGetValue(trial.Number, out TrialFacts? facts) && facts.Status is null =>
            trial with { State = new TrialState.Stopped(because, null, picture.Now) },
        TrialState.Running => trial with { State = new TrialState.Stopping(because) },
        TrialState.Waiting => trial with { State = new TrialState.Stopped(because, null, picture.Now) },
        _ => trial,
    };

    private static void Propose(SweepPicture picture, List<Trial> trials)
    {
        Sweep sweep = picture.Sweep;
        int busy = trials.Count(t => t.State is TrialState.Running or TrialState.Stopping);
        // Those that wait to be run again go first, each as a new run.
        for (int i = 0; i < trials.Count && busy < sweep.Settings.Parallel; i++)
        {
            if (trials[i].State is not TrialState.Waiting)
                continue;
            trials[i] = trials[i] with { Run = sweep.Id.RunOf(trials[i].Number, picture.Now), CreatedAt = picture.Now, State = new TrialState.Running() };
            busy++;
        }
        for (; busy < sweep.Settings.Parallel && Proposals.Next(sweep.Settings, trials, trials.Count) is { } parameters; busy++)
        {
            trials.Add(new Trial(trials.Count, parameters, sweep.Id.RunOf(trials.Count, picture.Now), picture.Now, -1, [], new TrialState.Running()));
        }
    }

    private static SweepState.Ended End(SweepPicture picture, SweepState state, List<Trial> trials)
    {
        if (state is SweepState.Stopping stopping)
            return new SweepState.Ended(stopping.End, stopping.Because, picture.Now);
        return Ranking.Best(trials, picture.Sweep.Settings.Objective.Direction) is null
            ? new SweepState.Ended(SweepEnd.Failed, "no trial gave a value", picture.Now)
            : new SweepState.Ended(SweepEnd.Completed, "all trials are done", picture.Now);
    }

    private static double? Last(Trial trial) => trial.Curve.Count > 0 ? trial.Curve[^1].Value : null;

    private static IReadOnlyList<CurvePoint> Thin(IReadOnlyList<CurvePoint> curve)
    {
        int every = (curve.Count + MostPoints - 1) / MostPoints;
        return every <= 1 ? curve : [.. curve.Where((_, i) => i % every == 0 || i == curve.Count - 1)];
    }
}
