using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Inline;
using MLPlatform.Engine.Journal;
using MLPlatform.Engine.Scheduling;

namespace MLPlatform.Engine.Runs;

/// <summary>
/// Owns every run of this replica. One loop does one thing at a time: take what happened, ask <see cref="RunMachine"/>,
/// carry the effects out, hand the events to the journal. Nothing that touches the world outside happens before the
/// events it follows from are durable.
/// </summary>
public sealed partial class EngineLoop : IAttemptSink, IAsyncDisposable
{
    private readonly Channel<Action> _inbox = Channel.CreateUnbounded<Action>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Dictionary<RunId, ActiveRun> _runs = [];
    private readonly EffectQueue _effects = new();
    private readonly List<RunEffect> _scratch = [];
    private readonly List<ActiveRun> _dirty = [];
    private readonly Dictionary<AttemptId, Task> _starting = [];
    private readonly Dictionary<RunId, long> _leftWhileLoading = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly IRunStore _store;
    private readonly IExecutor _executor;
    private readonly ActivityCatalog _catalog;
    private readonly NodeBinder _binder;
    private readonly InlineRunner _inline;
    private readonly RunFeed _feed;
    private readonly TimeProvider _time;
    private readonly EngineOptions _options;
    private readonly ILogger<EngineLoop> _log;
    private readonly JournalWriter _journal;
    private readonly TimerQueue _timers;
    private readonly QuotaWatch _quotas;
    private readonly Foresight _foresight;
    private readonly IGpuInventory? _gpus;
    private AdmissionDesk _desk;
    private readonly PlanTemplateCache _plans;
    private readonly ReplicaMembership _membership;
    private CommitGroup _open = new(0);
    private int _openEvents;
    private int _loading;
    private long _departures;
    private RunId? _workingOn; // The loop's run of the moment: a bug there is laid to it.
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task[] _tasks = [];

    public EngineLoop(
        IRunStore store, IExecutor executor, ActivityCatalog catalog, NodeBinder binder, InlineRunner inline, PlanTemplateCache plans,
        RunFeed feed, QuotaWatch quotas, Foresight foresight, TimeProvider time, IOptions<EngineOptions> options, ILoggerFactory logs, IGpuInventory? gpus = null)
    {
        (_store, _executor, _catalog, _binder, _inline, _plans, _feed, _time) = (store, executor, catalog, binder, inline, plans, feed, time);
        _options = options.Value;
        _log = logs.CreateLogger<EngineLoop>();
        _journal = new JournalWriter(store, time, logs.CreateLogger<JournalWriter>());
        _timers = new TimerQueue(time, () => Post(_timers!.RunDue));
        (_quotas, _foresight, _gpus) = (quotas, foresight, gpus);
        _membership = new ReplicaMembership(store, time, _options, logs.CreateLogger<ReplicaMembership>());
        _machine = MachineCapacity.Of(_options, _membership.Replica, []);
        _desk = new AdmissionDesk(_options, _machine);
    }

    /// <summary>Commits so far, for benchmarks.</summary>
    public long Commits => _journal.Commits;

    /// <summary>Rows written so far, for benchmarks.</summary>
    public long RowsWritten => _journal.Rows;

    /// <summary>Why nothing can be acknowledged at the moment, or null.</summary>
    public string? Trouble => _broken?.Message ?? _journal.Trouble;

    /// <summary>The name this replica owns runs by.</summary>
    public string Replica => _membership.Replica;

    /// <summary>Takes the lease, recovers the runs this replica owns, and begins to work.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await _membership.JoinAsync(cancel).ConfigureAwait(false);
        await LookAtMachineAsync(cancel).ConfigureAwait(false);
        _executor.Attach(this);
        IReadOnlyList<ActiveRun> recovered = await RecoverAsync(cancel).ConfigureAwait(false);
        Post(() => recovered.ToList().ForEach(Adopt));
        _tasks =
        [
            InBackground(() => LoopAsync(_stopping.Token), () => _workingOn),
            InBackground(() => _journal.RunAsync(() => _membership.Lease, group => Post(() => Committed(group)), (group, why) => Post(() => Fenced(group, why)), _stopping.Token)),
            InBackground(() => _membership.KeepAsync(LookAroundAsync, _stopping.Token)),
        ];
        _ = CompleteAsync(_tasks);
    }

    /// <summary>
    /// Stops once what has happened is durable, or at once where cancelled: what is not durable then is decided again by
    /// the runs' next owner. Attempts outside go on; the next start adopts them.
    /// </summary>
    public async Task StopAsync(CancellationToken cancel)
    {
        if (_stopping.IsCancellationRequested)
        {
            if (_tasks.Length > 0)
                await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }
        bool flushed = _tasks.Length == 0 || await FlushedAsync(cancel).ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_tasks).ConfigureAwait(false);
        if (flushed && !cancel.IsCancellationRequested)
            await _membership.LeaveAsync(cancel).ConfigureAwait(false);
    }

    private async Task<bool> FlushedAsync(CancellationToken cancel)
    {
        Task flush = FlushAsync();
        await flush.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return flush.IsCompletedSuccessfully;
    }

    /// <summary>Completes when all that has happened so far is durable.</summary>
    public Task FlushAsync()
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => WhenDurable(done.SetResult, done.SetException));
        return AnswerAsync(done.Task);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _timers.Dispose();
        _stopping.Dispose();
    }

    void IAttemptSink.Started(AttemptId attempt, string executionJson) => Post(() => ExecutorStarted(attempt, executionJson));

    void IAttemptSink.Reported(AttemptId attempt, int first, IReadOnlyList<MetricPoint> points) => Post(() => AttemptReported(attempt, first, points));

    void IAttemptSink.Moved(AttemptId attempt, string pool) => Post(() => AttemptMoved(attempt, pool));

    void IAttemptSink.Ended(AttemptId attempt, AttemptOutcome outcome, AttemptFacts facts) => Post(() => AttemptEnded(attempt, outcome, facts));

    internal void Post(Action action) => _inbox.Writer.TryWrite(action);

    internal ActiveRun? Find(RunId run) => _runs.GetValueOrDefault(run);

    private async Task LoopAsync(CancellationToken cancel)
    {
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(cancel).ConfigureAwait(false))
            {
                while (_inbox.Reader.TryRead(out Action? action))
                {
                    _workingOn = null;
                    action();
                    await WorkOffAsync(cancel).ConfigureAwait(false);
                }
                HandOver();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            LogStopped(_log, _membership.Replica);
        }
    }

    // Carries effects out until none is left, admitting what fits as slots come free.
    private async ValueTask WorkOffAsync(CancellationToken cancel)
    {
        do
        {
            while (_effects.TryTake(out (ActiveRun Run, RunEffect Effect) next))
            {
                _workingOn = next.Run.State.Id;
                CarryOut(next.Run, next.Effect);
                if (_openEvents > 0 && !_journal.IsBusy)
                    HandOver();
                while (_openEvents > _options.RunAhead && _journal.IsBusy)
                    await _journal.WhenIdleAsync(cancel).ConfigureAwait(false);
            }
        }
        while (Admit());
    }

    /// <summary>Applies an event and queues its effects; true if it was accepted.</summary>
    private bool Apply(ActiveRun run, RunEvent happened)
    {
        // What comes back for a run that was dropped in the meantime is for its new owner to find out.
        if (!_runs.TryGetValue(run.State.Id, out ActiveRun? live) || live != run)
            return false;
        _workingOn = run.State.Id;
        RunTransition transition = RunMachine.Apply(run.State, happened, _scratch);
        if (transition is not RunTransition.Moved)
        {
            LogNotMoved(_log, run.State.Id, happened.GetType().Name, transition);
            return false;
        }
        if (happened is not RunEvent.Bound)
        {
            run.Events.Add(happened);
            _openEvents++;
        }
        MarkDirty(run);
        foreach (RunEffect effect in _scratch)
        {
            _effects.Add(run, effect);
            // What an end gives back is given back with it, in one transaction.
            if (effect is RunEffect.Release release)
                GiveBack(run.State.Id, release.Node);
        }
        _scratch.Clear();
        if (happened is RunEvent.CancelRequested or RunEvent.Paused or RunEvent.GivenUp)
            StopWaiting(run);
        return true;
    }

    [LoggerMessage(1001, LogLevel.Information, "Engine {Replica} stopped")]
    private static partial void LogStopped(ILogger logger, string replica);

    [LoggerMessage(1003, LogLevel.Debug, "Run {Run}: {Event} was not taken: {Transition}")]
    private static partial void LogNotMoved(ILogger logger, RunId run, string @event, RunTransition transition);
}
