using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Journal;

namespace MLPlatform.Engine.Runs;

// How what happened becomes durable, and what waits for it.
public sealed partial class EngineLoop
{
    private void MarkDirty(ActiveRun run)
    {
        if (run.IsDirty)
            return;
        run.IsDirty = true;
        _dirty.Add(run);
    }

    /// <summary>Runs the action when all that has happened so far is durable.</summary>
    private void WhenDurable(Action action, Action<Exception>? lost = null)
    {
        _open.AfterCommit.Add(action);
        if (lost is not null)
            _open.OnLost.Add(lost);
    }

    // Gives the open group to the journal if it is free; else the group goes on growing.
    private void HandOver()
    {
        if (_journal.IsBusy || (_dirty.Count == 0 && _open.AfterCommit.Count == 0 && _open.Batch.RowCount == 0))
            return;
        foreach (ActiveRun run in _dirty)
        {
            _workingOn = run.State.Id;
            Collect(run);
        }
        _workingOn = null;
        _dirty.Clear();
        CommitGroup group = _open;
        _open = new CommitGroup(group.Generation);
        _openEvents = 0;
        _journal.Write(group);
    }

    private void Collect(ActiveRun run)
    {
        run.IsDirty = false;
        List<ActivityRow> activities = [];
        HashSet<int> seen = [];
        foreach (int touched in run.State.Touched)
        {
            NodeState node = run.State.Nodes[touched];
            if (seen.Add(touched) && run.NeedsRow(node))
                activities.Add(RunRows.Activity(run.State.Id, node));
        }
        run.State.ClearTouched();
        run.Row = RunRows.Run(run);
        _open.Batch.Runs.Add(run.Row);
        _open.Batch.Activities.AddRange(activities);
        _open.Batch.Attempts.AddRange(run.DirtyAttempts.Values);
        foreach (AttemptRow row in run.DirtyAttempts.Values)
        {
            if (row.EndedAt is null)
                run.OpenAttempts[row.Id.Node] = row;
            else
                run.OpenAttempts.Remove(row.Id.Node);
        }
        if (run.Events.Count > 0)
        {
            _open.Entries.Add((run.State.Id, ++run.Sequence, run.Events));
            run.Events = [];
        }
        // Also without a reader: one may come between now and the commit.
        _open.Changes.Add(new RunChange(run.State.Id, run.Row, activities, [.. run.DirtyAttempts.Values]));
        run.DirtyAttempts.Clear();
        if (run.State.Status.IsTerminal())
            _open.Ended.Add(run);
    }

    private void Committed(CommitGroup group)
    {
        foreach (Action action in group.AfterCommit)
            action();
        foreach (RunChange change in group.Changes)
            _feed.Publish(change);
        // A run stays in memory until its end is durable, so that whoever rewinds it sees all of it.
        foreach (ActiveRun run in group.Ended)
        {
            if (run.State.Status.IsTerminal() && !run.IsDirty)
                Forget(run.State.Id);
        }
        HandOver();
    }

    // Another replica owns the runs now: forget everything, join again, and take up what is left.
    private void Fenced(CommitGroup group, Exception why)
    {
        foreach (Action<Exception> tell in group.OnLost)
            tell(why);
        if (group.Generation < _open.Generation)
            return;
        LogFenced(_log, _membership.Replica, why.Message);
        foreach (Action<Exception> tell in _open.OnLost)
            tell(why);
        _runs.Clear();
        _effects.Clear();
        _dirty.Clear();
        _timers.Clear();
        _starting.Clear();
        _open = new CommitGroup(group.Generation + 1);
        _openEvents = 0;
        _desk.Clear();
        _ = InBackground(RejoinAsync);
    }

    private async Task RejoinAsync()
    {
        try
        {
            await _membership.JoinAsync(_stopping.Token).ConfigureAwait(false);
            IReadOnlyList<ActiveRun> recovered = await RecoverAsync(_stopping.Token).ConfigureAwait(false);
            Post(() => recovered.ToList().ForEach(Adopt));
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested)
        {
            LogRejoinFailed(_log, error);
            await Task.Delay(TimeSpan.FromSeconds(1), _time, _stopping.Token).ConfigureAwait(false);
            _ = InBackground(RejoinAsync);
        }
    }

    [LoggerMessage(1007, LogLevel.Warning, "ENG-013 Replica {Replica} was fenced: {Why}. It drops what it had in memory and joins again")]
    private static partial void LogFenced(ILogger logger, string replica, string why);

    [LoggerMessage(1008, LogLevel.Error, "ENG-013 The replica could not join again; next try in a second")]
    private static partial void LogRejoinFailed(ILogger logger, Exception error);

    private void Finish(ActiveRun run)
    {
        if (run.IsFinishing || run.State.Open > 0 || run.State.Status.IsTerminal())
            return;
        RunStatus verdict = RunMachine.Verdict(run.State);
        Failure? failure = run.State.FirstFailed is { } first
            ? first.Failure! with { Message = $"{first.Name}: {first.Failure.Message}" }
            : run.State.IsGivenUp ? Poisoned(run)
            : null;
        if (!run.Templates.HasOutputs || run.State.IsGivenUp)
        {
            Apply(run, new RunEvent.Ended(Now, verdict, EmptyObject, failure));
            return;
        }
        run.IsFinishing = true;
        OutputsRequest request = OutputsRequest.Snapshot(run);
        _ = InBackground(() =>
        {
            (JsonElement outputs, Failure? wrong) = _binder.EvaluateOutputs(request);
            Post(() =>
            {
                run.IsFinishing = false;
                bool spoilt = wrong is not null && verdict == RunStatus.Succeeded;
                Apply(run, new RunEvent.Ended(Now, spoilt ? RunStatus.Failed : verdict, outputs, failure ?? wrong));
            });
            return Task.CompletedTask;
        }, () => run.State.Id);
    }
}
