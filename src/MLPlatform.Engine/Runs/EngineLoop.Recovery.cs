using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Journal;

namespace MLPlatform.Engine.Runs;

// How runs come back: after a restart, from a dead replica, or because a person lets a finished run go on.
public sealed partial class EngineLoop
{
    private async Task<IReadOnlyList<ActiveRun>> RecoverAsync(CancellationToken cancel)
    {
        List<ActiveRun> recovered = [];
        IReadOnlyList<RunId> ids = await _store.TakeOverAsync(_membership.Lease, cancel).ConfigureAwait(false);
        await _quotas.Store.EndLeftoversAsync(_membership.Replica, cancel).ConfigureAwait(false);
        ILookup<RunId, Allocation> written = await WrittenAsync(cancel).ConfigureAwait(false);
        foreach (RunId id in ids)
        {
            if (await LoadForAdoptionAsync(id, written, cancel).ConfigureAwait(false) is { } run)
                recovered.Add(run);
        }
        return recovered;
    }

    /// <summary>Folds a run's journal over its plan; null if there is no such run.</summary>
    internal async Task<ActiveRun?> LoadAsync(RunId id, CancellationToken cancel, IReadOnlyList<Allocation>? written = null)
    {
        if (await _store.FindRunAsync(id, cancel).ConfigureAwait(false) is not { } row)
            return null;
        PlanTemplates templates = await _plans.LoadAsync(row.PlanHash, _store, cancel).ConfigureAwait(false);
        ActiveRun run = new(new RunState(id, templates.Graph), templates, row with { Owner = _membership.Replica }) { WasLoaded = true, Written = written ?? [] };
        List<RunEffect> ignored = [];
        await foreach (JournalEntry entry in _store.ReadJournalAsync(id, cancel).ConfigureAwait(false))
        {
            foreach (RunEvent happened in EventCodec.Decode(entry.Payload))
            {
                if (RunMachine.Apply(run.State, happened, ignored) is RunTransition.Refused refused)
                    throw new InvalidDataException($"ENG-012 the journal of run {id} does not replay at entry {entry.Sequence}: {refused.Why}");
                ignored.Clear();
            }
            run.Sequence = entry.Sequence;
        }
        run.State.ClearTouched();
        return run;
    }

    private void Adopt(ActiveRun run)
    {
        if (!_runs.TryAdd(run.State.Id, run))
            return;
        LogRecovered(_log, run.State.Id, run.State.Plan.Pipeline, run.State.Open);
        _workingOn = run.State.Id;
        GiveUpIfPoisoned(run);
        GiveBackLeftovers(run);
        List<RunEffect> effects = [];
        RunMachine.Resume(run.State, effects);
        foreach (RunEffect effect in effects)
            _effects.Add(run, effect);
        AwaitBindings(run, effects);
        MarkDirty(run);
    }

    // What waited is bound anew. Until all of it waits again nothing is admitted, or whoever is bound first would go before those who were promised their places.
    private void AwaitBindings(ActiveRun run, List<RunEffect> effects)
    {
        foreach (RunEffect.Bind bind in effects.OfType<RunEffect.Bind>())
            _returning.Add((run.State.Id, bind.Node));
        if (_returning.Count == 0)
            return;
        _returnBy = Now + ReturnWithin;
        _timers.Add(_returnBy, _desk.LookSoon);
    }

    private void Returned(ActiveRun run, NodeState node)
    {
        if (_returning.Count > 0)
            _returning.Remove((run.State.Id, node.Index));
    }

    private bool IsReturning => _returning.Count > 0 && Now < _returnBy;

    // Inputs that take longer to find, such as a commit of a slow server, hold nobody else up.
    private static readonly TimeSpan ReturnWithin = TimeSpan.FromSeconds(5);
    private readonly HashSet<(RunId Run, int Node)> _returning = [];
    private DateTimeOffset _returnBy;

    // Called now and then by the membership: a replica may have died and left runs behind; others may have left commands.
    internal async Task LookAroundAsync(CancellationToken cancel)
    {
        (HashSet<RunId> mine, long since) = await BeginLoadingAsync().WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            List<RunId> left = [.. (await _store.TakeOverAsync(_membership.Lease, cancel).ConfigureAwait(false)).Where(id => !mine.Contains(id))];
            ILookup<RunId, Allocation>? written = left.Count > 0 ? await WrittenAsync(cancel).ConfigureAwait(false) : null;
            foreach (RunId id in left)
            {
                if (await LoadForAdoptionAsync(id, written!, cancel).ConfigureAwait(false) is { } run && !run.State.Status.IsTerminal())
                    Post(() => AdoptIfFresh(run, since));
            }
        }
        finally
        {
            Post(EndLoading);
        }
        await AnnounceAsync(cancel).ConfigureAwait(false);
        foreach (RunCommandRow command in await _store.TakeCommandsAsync(_membership.Lease, cancel).ConfigureAwait(false))
            Post(() => CarryOutCommand(command));
    }

    // What is read from the store while the loop goes on may be old by the time it is read: the run may have begun, ended
    // and left memory meanwhile. So runs that leave are remembered for as long as anybody reads. Gives the runs in memory, and
    // what to ask IsStale with.
    private Task<(HashSet<RunId> InMemory, long Since)> BeginLoadingAsync()
    {
        TaskCompletionSource<(HashSet<RunId>, long)> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            _loading++;
            answer.SetResult(([.. _runs.Keys], _departures));
        });
        return AnswerAsync(answer.Task);
    }

    private void EndLoading()
    {
        if (--_loading == 0)
            _leftWhileLoading.Clear();
    }

    private void Forget(RunId run)
    {
        _runs.Remove(run);
        if (_loading > 0)
            _leftWhileLoading[run] = ++_departures;
    }

    private bool IsStale(RunId loaded, long since) => _leftWhileLoading.GetValueOrDefault(loaded) > since;

    private void AdoptIfFresh(ActiveRun run, long since)
    {
        if (!IsStale(run.State.Id, since))
            Adopt(run);
    }

    /// <summary>The names of a plan's activities that depend on nothing.</summary>
    internal async Task<IReadOnlyList<string>> RootsAsync(string planHash, CancellationToken cancel)
    {
        PlanTemplates templates = await _plans.LoadAsync(planHash, _store, cancel).ConfigureAwait(false);
        return [.. templates.Plan.Nodes.Where(n => n.DependsOn.Count == 0).Select(n => n.Name)];
    }

    /// <summary>Begins new runs in one commit; the answer comes when they are durable. Those that are known already are left as they are.</summary>
    internal Task BeginAsync(IReadOnlyList<RunStart> starts)
    {
        TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            // All of it is one action of the loop, and the journal takes nothing in the middle of an action.
            foreach (RunStart start in starts)
                Begin(start);
            WhenDurable(answer.SetResult, answer.SetException);
        });
        return AnswerAsync(answer.Task);
    }

    private void Begin(RunStart start)
    {
        if (_runs.ContainsKey(start.Id))
            return;
        DateTimeOffset now = Now;
        RunRow row = new()
        {
            Id = start.Id,
            Pipeline = start.Request.Plan.Pipeline,
            PlanHash = start.Templates.Hash,
            Status = RunStatus.Running,
            TriggerJson = start.Request.TriggerJson,
            LogicalDate = start.Request.LogicalDate,
            ParametersJson = start.Request.Plan.Parameters.GetRawText(),
            CreatedAt = now,
            Counts = default,
            Owner = _membership.Replica,
        };
        ActiveRun run = new(new RunState(start.Id, start.Templates.Graph), start.Templates, row);
        _runs.Add(start.Id, run);
        Apply(run, new RunEvent.Created(now));
    }

    [LoggerMessage(1006, LogLevel.Information, "Run {Run} of {Pipeline} taken up again with {Open} activities to go")]
    private static partial void LogRecovered(ILogger logger, RunId run, string pipeline, int open);
}
