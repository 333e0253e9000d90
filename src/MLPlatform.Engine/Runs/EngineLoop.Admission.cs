using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Scheduling;

namespace MLPlatform.Engine.Runs;

// Who is admitted, what is held, and who has to give it back.
public sealed partial class EngineLoop
{
    private PoolMachine _machine;
    private bool _isGranting, _isReadingExperience;
    private DateTimeOffset? _lookAgainAt;

    private Waiting Asked(ActiveRun run, NodeState node, int ticket) => new(
        run.State.Id, node.Index, ticket, run.State.Plan.Pipeline, node.Planned.Name, run.Group, run.Person, node.Planned.Resources, node.Planned.Timeout,
        node.Planned.Placement != ActivityPlacement.Inline, node.ReadyAt ?? Now);

    /// <summary>Starts what can start now; false if nothing did.</summary>
    private bool Admit()
    {
        if (_isGranting || IsReturning || !_desk.IsDirty(Now))
            return false;
        ReadExperience();
        // Where others give out the same quotas, it is decided while none of them does.
        if (_desk.IsMetered && _quotas.Store.IsShared)
        {
            _isGranting = true;
            _ = InBackground(GrantAsync);
            return false;
        }
        Decision decision = _desk.Decide(Now, NumberOf);
        AskAgain();
        return CarryOut(decision);
    }

    // What earlier runs tell of those that wait is read beside; until it is there, what was declared counts.
    private void ReadExperience()
    {
        if (_isReadingExperience || _desk.TakeUnread(Now) is not { Count: > 0 } kinds)
            return;
        _isReadingExperience = true;
        _ = InBackground(async () =>
        {
            Dictionary<WorkKind, Experience> read = [];
            try
            {
                foreach (WorkKind kind in kinds)
                    read[kind] = await _foresight.ReadAsync(kind.Pipeline, kind.Activity, _stopping.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                LogNotForeseen(_log, error);
            }
            Post(() =>
            {
                _isReadingExperience = false;
                _desk.Learn(kinds, read, Now);
            });
        });
    }

    private void NoteCame()
    {
        foreach (Core.Scheduling.Reservations.Reservation used in _desk.Came(Now))
            _ = InBackground(() => _quotas.CameAsync(used));
    }

    private int NumberOf(Waiting asked) => Find(asked.Run) is { } run ? run.State.Nodes[asked.Node].Attempts + 1 : 1;

    private bool CarryOut(Decision decision)
    {
        foreach ((Waiting asked, Allocation holds) in decision.Starts)
        {
            // A paused run's nodes are bound again when it goes on.
            if (Find(asked.Run) is { } run && run.IsCurrent(asked.Node, asked.Ticket)
                && run.State.Nodes[asked.Node] is { Status: ActivityStatus.Queued } node && run.State.Status == RunStatus.Running && node.Attempts + 1 == holds.Id.Number)
                StartAttempt(run, node, holds);
            else
                GiveBack(asked.Run, asked.Node);
        }
        foreach ((WorkId victim, string why) in decision.Stops)
            Preempt(victim, why);
        NoteCame();
        return decision.Starts.Count + decision.Stops.Count > 0;
    }

    private async Task GrantAsync()
    {
        Decision decision = Decision.Nothing;
        try
        {
            await _quotas.Store.GrantAsync(_membership.Lease, async held =>
            {
                decision = await OnLoopAsync(() =>
                {
                    _desk.SetOthers(held);
                    return _desk.Decide(Now, NumberOf);
                }).ConfigureAwait(false);
                return [.. decision.Starts.Select(s => s.Holds)];
            }, _stopping.Token).ConfigureAwait(false);
            Post(() =>
            {
                _isGranting = false;
                AskAgain();
                CarryOut(decision);
            });
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested)
        {
            // A lost lease shows at the next commit, too, which drops all that is in memory.
            LogNotGranted(_log, error);
            await Task.Delay(TimeSpan.FromSeconds(1), _time, _stopping.Token).ConfigureAwait(false);
            Post(() =>
            {
                _isGranting = false;
                _desk.TakeBack(decision);
            });
        }
    }

    private Task<T> OnLoopAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => done.SetResult(work()));
        return done.Task.WaitAsync(_stopping.Token);
    }

    // What others end is seen at the next decision, and nobody tells of it: so it is asked for again and again while something waits.
    private void AskAgain()
    {
        DateTimeOffset? at = _desk.LookAgain;
        if (_desk is { IsMetered: true, WaitingCount: > 0 } && _quotas.Store.IsShared && (at is null || at > Now + GrantEvery))
            at = Now + GrantEvery;
        if (at is not { } due || (_lookAgainAt <= due && _lookAgainAt > Now))
            return;
        _lookAgainAt = due;
        _timers.Add(due, () =>
        {
            if (_lookAgainAt <= Now)
                _lookAgainAt = null;
            _desk.LookSoon();
        });
    }

    private static readonly TimeSpan GrantEvery = TimeSpan.FromSeconds(1);

    private void Preempt(WorkId victim, string why)
    {
        RunId id = new(victim.Run);
        if (Find(id) is { } run && (uint)victim.Node < (uint)run.State.Nodes.Count)
        {
            Apply(run, new RunEvent.StopRequested(Now, victim.Node, run.State.Nodes[victim.Node].Attempts, Preempted.Because(why)));
            LogPreempted(_log, id, victim.Node, why);
            return;
        }
        if (_desk.NumberOfOther(victim) is not { } number)
            return;
        RunCommandRow command = new(Guid.CreateVersion7(Now), id, JsonSerializer.Serialize<RunCommand>(new RunCommand.Preempt(why, victim.Node, number), RunCommandJson.Default.RunCommand), Now);
        _ = InBackground(() => _store.PutCommandAsync(command, _stopping.Token));
    }

    // Of no use where nothing was written: a machine without quotas writes nothing more than before.
    private bool IsWritten(Allocation holds) => _desk.IsMetered || holds.Amount.MilliGpu > 0;

    /// <summary>The node holds nothing any more: in the transaction of what ended it.</summary>
    private void GiveBack(RunId run, int node)
    {
        if (_desk.Release(run, node) is { } held && IsWritten(held))
            _open.Batch.Allocations.Add(held with { EndedAt = Now });
    }

    // After a restart an attempt that runs holds what was written down; what was written down and does not run is given back.
    private void Readopt(ActiveRun run, NodeState node, int number)
    {
        if (node.Planned.Resources.IsEmpty || _desk.Held(run.State.Id, node.Index) is not null)
            return;
        AttemptId id = new(run.State.Id, node.Index, number);
        Allocation? written = run.Written.FirstOrDefault(a => a.Id == id);
        Allocation holds = _desk.Adopt(Asked(run, node, 0) with { Since = node.AttemptStartedAt ?? Now }, id, written);
        if (IsWritten(holds) && holds != written)
            _open.Batch.Allocations.Add(holds);
    }

    // Its cluster had no room, and the next one has taken it: what it holds is held there.
    private void AttemptMoved(AttemptId id, string pool)
    {
        if (Find(id.Run) is { } run && FindAttempt(run, id) is { } node && node.Status is ActivityStatus.Running or ActivityStatus.Stopping
            && _desk.Move(id, pool) is { } holds && IsWritten(holds))
            _open.Batch.Allocations.Add(holds);
    }

    private void GiveBackLeftovers(ActiveRun run)
    {
        foreach (Allocation written in run.Written)
        {
            // A grant may be for an instance of a list that never became durable.
            if (written.Id.Node >= run.State.Nodes.Count || run.State.Nodes[written.Id.Node] is not { } node
                || node.Attempts != written.Id.Number || node.Status is not (ActivityStatus.Running or ActivityStatus.Waiting or ActivityStatus.Stopping))
                _open.Batch.Allocations.Add(written with { EndedAt = Now });
        }
    }

    // What was written down for runs that are about to be adopted; their former owners write no more.
    private async Task<ILookup<RunId, Allocation>> WrittenAsync(CancellationToken cancel) =>
        (await _quotas.Store.ListAllocationsAsync(cancel).ConfigureAwait(false)).ToLookup(a => a.Id.Run);

    /// <summary>Why nodes of a run wait for resources, by node; null where this server does not look after the run.</summary>
    public Task<IReadOnlyDictionary<int, WaitReason>?> WhyAsync(RunId id)
    {
        TaskCompletionSource<IReadOnlyDictionary<int, WaitReason>?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            if (Find(id) is not { } run)
            {
                answer.SetResult(null);
                return;
            }
            Dictionary<int, WaitReason> reasons = [];
            foreach (NodeState node in run.State.Nodes)
            {
                if (reasons.Count < MostReasons && node.Status == ActivityStatus.Queued && _desk.Why(id, node.Index, Now) is { } why)
                    reasons.Add(node.Index, why);
            }
            answer.SetResult(reasons);
        });
        return AnswerAsync(answer.Task);
    }

    private const int MostReasons = 100;

    // Of what has waited longest: finding a reason looks at the pool's machines, and the loop decides nothing meanwhile.
    private const int MostTold = 200;

    private void StopWaiting(ActiveRun run)
    {
        for (int i = 0; _desk.WaitingCount > 0 && i < run.State.Nodes.Count; i++)
            _desk.Cancel(run.State.Id, i);
    }

    // Before anything is decided: what the machine has, and what holds of quotas.
    private async Task LookAtMachineAsync(CancellationToken cancel)
    {
        _machine = MachineCapacity.Of(_options, _membership.Replica, _options.Gpus && _gpus is not null ? await _gpus.FindAsync(cancel).ConfigureAwait(false) : []);
        await _quotas.Store.AnnounceAsync(_machine, [], cancel).ConfigureAwait(false);
        _desk = new AdmissionDesk(_options, _machine);
        QuotaWatch.Snapshot now = await _quotas.LookAsync(cancel).ConfigureAwait(false);
        _desk.Use(now.Book, now.Budgets, now.Past);
        _desk.Reserve(now.Reservations, Now);
        _quotas.Looked += looked => Post(() => Use(looked));
    }

    private async Task AnnounceAsync(CancellationToken cancel)
    {
        // Whoever asks another server why work of this one waits is told what this one said last.
        IReadOnlyList<ToldWait> waits = _quotas.Store.IsShared ? await OnLoopAsync(() => _desk.TellWaits(MostTold, Now)).ConfigureAwait(false) : [];
        await _quotas.Store.AnnounceAsync(_machine, waits, cancel).ConfigureAwait(false);
        await _quotas.LookAsync(cancel).ConfigureAwait(false);
        await _quotas.Store.EndLeftoversAsync(null, cancel).ConfigureAwait(false);
    }

    private void Use(QuotaWatch.Snapshot snapshot)
    {
        bool wasMetered = _desk.IsMetered;
        _desk.Use(snapshot.Book, snapshot.Budgets, snapshot.Past);
        _desk.Reserve(snapshot.Reservations, Now);
        NoteCame();
        if (wasMetered || !_desk.IsMetered)
            return;
        // What began before a file was applied is counted from now on.
        foreach ((_, Allocation holds) in _desk.AllHeld)
            _open.Batch.Allocations.Add(holds);
    }

    [LoggerMessage(1301, LogLevel.Information, "QUOTA-020 Run {Run}, node {Node} {Why}")]
    private static partial void LogPreempted(ILogger logger, RunId run, int node, string why);

    [LoggerMessage(1302, LogLevel.Error, "QUOTA-023 Nothing could be admitted, since the database could not be asked what others hold; next try in a second")]
    private static partial void LogNotGranted(ILogger logger, Exception error);

    [LoggerMessage(1303, LogLevel.Warning, "QUOTA-025 What earlier runs took could not be read; work waits in order of what was declared meanwhile")]
    private static partial void LogNotForeseen(ILogger logger, Exception error);
}
