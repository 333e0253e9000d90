using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Engine.Sweeps;

/// <summary>One look at all sweeps that go on. A sweep that cannot be looked after does not keep the others waiting.</summary>
internal sealed partial class SweepCycle(
    ISweepStore sweeps, TrialRuns trials, Func<string> replica, SweepSignal signal, SweepOptions options, TimeProvider time, ILogger<SweepCycle> log)
{
    // Trials change with the revision of their sweep and not otherwise, so that those of a revision are read once.
    private readonly Dictionary<SweepId, (long Revision, IReadOnlyList<Trial> Trials)> _read = [];

    /// <summary>The runs whose ends are waited for; null where no sweep goes on.</summary>
    public async Task<IReadOnlySet<RunId>?> RunOnceAsync(CancellationToken cancel)
    {
        IReadOnlyList<Sweep> active = await sweeps.ListActiveAsync(cancel).ConfigureAwait(false);
        HashSet<RunId> awaited = [];
        foreach (SweepId gone in _read.Keys.Except(active.Select(s => s.Id)).ToList())
            _read.Remove(gone);
        foreach (Sweep sweep in active)
        {
            try
            {
                if (await sweeps.ClaimAsync(sweep.Id, replica(), time.GetUtcNow() + options.Lease, cancel).ConfigureAwait(false))
                    await AdvanceAsync(sweep, awaited, cancel).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                LogFailed(log, error, sweep.Id);
            }
        }
        return active.Count == 0 ? null : awaited;
    }

    private async Task AdvanceAsync(Sweep sweep, HashSet<RunId> awaited, CancellationToken cancel)
    {
        // 1. See.
        IReadOnlyList<Trial> known = await TrialsAsync(sweep, cancel).ConfigureAwait(false);
        Dictionary<int, TrialFacts> facts = [];
        foreach (Trial trial in known.Where(t => t.State is TrialState.Running or TrialState.Stopping))
            facts[trial.Number] = await trials.SeeAsync(sweep, trial, cancel).ConfigureAwait(false);
        bool alone = sweep.Waiter is { } waiter && await trials.WaiterEndedAsync(waiter, cancel).ConfigureAwait(false);

        // 2. Decide.
        SweepDecision decision = SweepMachine.Decide(new SweepPicture(sweep, known, facts, alone, time.GetUtcNow()));

        // 3. Commit; a picture that is out of date is looked at again.
        bool moved = decision.Trials.Count > 0 || decision.State != sweep.State;
        if (moved && !await sweeps.CommitAsync(sweep, decision, cancel).ConfigureAwait(false))
        {
            signal.Set();
            return;
        }

        // 4. Carry out what is written down. A crash before this is made good by the next look: it finds trials without runs.
        SortedDictionary<int, Trial> now = new(known.ToDictionary(t => t.Number));
        foreach (Trial trial in decision.Trials)
            now[trial.Number] = trial;
        if (moved)
            _read[sweep.Id] = (sweep.Revision + 1, [.. now.Values]);
        foreach (Trial trial in now.Values.Where(t => t.State is TrialState.Running or TrialState.Stopping))
        {
            awaited.Add(trial.Run);
            bool started = facts.TryGetValue(trial.Number, out TrialFacts? seen) && seen.Status is not null;
            if (trial.State is TrialState.Stopping && started)
                await trials.CancelAsync(trial, cancel).ConfigureAwait(false);
            else if (trial.State is TrialState.Running && !started)
                await trials.StartAsync(sweep, trial, cancel).ConfigureAwait(false);
        }
        if (decision.State is SweepState.Ended ended)
        {
            LogEnded(log, sweep.Id, ended.End, now.Count, ended.Because);
            trials.Forget(sweep.Id);
            signal.SetEnded();
        }
    }

    private async Task<IReadOnlyList<Trial>> TrialsAsync(Sweep sweep, CancellationToken cancel)
    {
        if (_read.TryGetValue(sweep.Id, out (long Revision, IReadOnlyList<Trial> Trials) read) && read.Revision == sweep.Revision)
            return read.Trials;
        IReadOnlyList<Trial> trials = await sweeps.ListTrialsAsync(sweep.Id, cancel).ConfigureAwait(false);
        _read[sweep.Id] = (sweep.Revision, trials);
        return trials;
    }

    [LoggerMessage(3101, LogLevel.Information, "Sweep {Sweep} ended ({End}) after {Trials} trials: {Because}")]
    private static partial void LogEnded(ILogger logger, SweepId sweep, SweepEnd end, int trials, string because);

    [LoggerMessage(3102, LogLevel.Error, "SWEEP-020 Looking after sweep {Sweep} failed; it stays as it is and is looked at again")]
    private static partial void LogFailed(ILogger logger, Exception error, SweepId sweep);
}
