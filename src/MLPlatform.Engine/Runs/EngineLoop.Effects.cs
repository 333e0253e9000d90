using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Journal;

namespace MLPlatform.Engine.Runs;

// What each effect of the machine means in the world.
public sealed partial class EngineLoop
{
    private void CarryOut(ActiveRun run, RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.Bind e:
                Bind(run, run.State.Nodes[e.Node]);
                break;
            case RunEffect.Start e:
                Start(run, run.State.Nodes[e.Node], e.Number);
                break;
            case RunEffect.Stop e:
                Stop(run, run.State.Nodes[e.Node], e.Number);
                break;
            case RunEffect.EndWaiting e:
                UpdateAttempt(run, run.State.Nodes[e.Node], e.Number,
                    row => row with { Status = AttemptStatus.Failed, EndedAt = e.At, FailureJson = RunRows.Json(e.Why) });
                break;
            case RunEffect.Release e:
                run.Bound.Remove(e.Node);
                _starting.Remove(new AttemptId(run.State.Id, e.Node, run.State.Nodes[e.Node].Attempts));
                break;
            case RunEffect.RetryAt e:
                AtTime(e.At, run.State.Id, later => Apply(later, new RunEvent.RetryDue(Now, e.Node, e.FailedNumber)));
                break;
            case RunEffect.WakeAt e:
                AtTime(e.At, run.State.Id, later => Wake(later, e));
                break;
            case RunEffect.TimeoutAt e:
                AtTime(e.At, run.State.Id, later => TimeOut(later, e));
                break;
            case RunEffect.Finish:
                Finish(run);
                break;
        }
    }

    // By id: a timeout of hours must not keep a run in memory that ended long before.
    private void AtTime(DateTimeOffset at, RunId id, Action<ActiveRun> act) => _timers.Add(at, () =>
    {
        if (Find(id) is { } run)
            act(run);
    });

    private DateTimeOffset Now => _time.GetUtcNow();

    private void Bind(ActiveRun run, NodeState node)
    {
        int ticket = run.NextTicket(node.Index);
        NodeTemplate template = run.Templates.Of(node.Planned);
        if (template.IsPlain && !_binder.IsResolved(node.Planned))
        {
            Enqueue(run, node, ticket, new BindResult.Ready(template.PlainBinding, null));
            Returned(run, node);
            return;
        }
        BindRequest request = BindRequest.Snapshot(run, node, template);
        _ = InBackground(async () =>
        {
            BindResult result = await _binder.BindAsync(request, _stopping.Token).ConfigureAwait(false);
            Post(() => BindingDone(run, node, ticket, result));
        }, () => run.State.Id);
    }

    private void BindingDone(ActiveRun run, NodeState node, int ticket, BindResult result)
    {
        Returned(run, node);
        if (!run.IsCurrent(node.Index, ticket) || node.Status != ActivityStatus.Binding)
            return;
        switch (result)
        {
            case BindResult.Skip:
                Apply(run, new RunEvent.Skipped(Now, node.Index));
                break;
            case BindResult.Failed e:
                Apply(run, new RunEvent.BindFailed(Now, node.Index, e.Failure));
                break;
            case BindResult.Expand e:
                Apply(run, new RunEvent.Expanded(Now, node.Index, e.Items));
                break;
            case BindResult.Cached e:
                Apply(run, new RunEvent.CacheHit(Now, node.Index, e.Outputs, e.Source));
                break;
            case BindResult.Ready e:
                Enqueue(run, node, ticket, e);
                break;
        }
    }

    private void Enqueue(ActiveRun run, NodeState node, int ticket, BindResult.Ready bound)
    {
        run.Bound[node.Index] = bound.Node;
        if (!Apply(run, new RunEvent.Bound(Now, node.Index, bound.Note)))
            return;
        if (node.Planned.Resources.IsEmpty)
            StartAttempt(run, node, null);
        else if (_desk.Refuses(node.Planned.Resources) is { } failure)
            RefuseForever(run, node, failure with { Message = $"{node.Name} {failure.Message}" });
        else
            _desk.Add(Asked(run, node, ticket));
    }

    // The attempt is recorded as started and failed, so that it shows where people look for it.
    private void RefuseForever(ActiveRun run, NodeState node, Failure failure)
    {
        int number = node.Attempts + 1;
        Apply(run, new RunEvent.AttemptStarted(Now, node.Index, number));
        // The start effect is still queued; by the time it is carried out the attempt has ended, and it does nothing.
        EndAttempt(run, node, number, new AttemptOutcome.Failed(failure), AttemptFacts.None);
    }

    private void StartAttempt(ActiveRun run, NodeState node, Allocation? holds)
    {
        DateTimeOffset now = Now;
        int number = node.Attempts + 1;
        if (!Apply(run, new RunEvent.AttemptStarted(now, node.Index, number)))
        {
            GiveBack(run.State.Id, node.Index);
            return;
        }
        if (holds is not null && IsWritten(holds))
            _open.Batch.Allocations.Add(holds);
        run.DirtyAttempts[(node.Index, number)] = new AttemptRow
        {
            Id = new AttemptId(run.State.Id, node.Index, number),
            Status = AttemptStatus.Running,
            StartedAt = now,
        };
        RecordUses(run, node, number);
    }

    private void Start(ActiveRun run, NodeState node, int number)
    {
        if (node.Attempts != number || node.Status is not (ActivityStatus.Running or ActivityStatus.Stopping))
            return;
        Readopt(run, node, number);
        if (!run.Bound.TryGetValue(node.Index, out BoundNode? bound))
            BindAgain(run, node, number);
        else if (node.Planned.Placement == ActivityPlacement.Inline)
            StartInline(run, node, number, bound);
        else
            StartOutside(run, node, number, bound);
    }

    // After a restart the inputs of a running attempt are not in memory; they are evaluated again, the cache aside.
    private void BindAgain(ActiveRun run, NodeState node, int number)
    {
        BindRequest request = BindRequest.Snapshot(run, node, run.Templates.Of(node.Planned)) with { InputsOnly = true };
        _ = InBackground(async () =>
        {
            BindResult result = await _binder.BindAsync(request, _stopping.Token).ConfigureAwait(false);
            Post(() =>
            {
                if (result is BindResult.Ready ready)
                {
                    run.Bound[node.Index] = ready.Node;
                    Start(run, node, number);
                }
                else if (result is BindResult.Failed failed)
                    EndAttempt(run, node, number, new AttemptOutcome.Failed(failed.Failure), AttemptFacts.None);
            });
        }, () => run.State.Id);
    }

    private void StartOutside(ActiveRun run, NodeState node, int number, BoundNode bound)
    {
        AttemptId id = new(run.State.Id, node.Index, number);
        Allocation? holds = _desk.Held(run.State.Id, node.Index);
        AttemptOrder order;
        try
        {
            order = AttemptOrders.Of(run, node, number, bound, _catalog, holds, _desk.IsMetered ? holds?.Pool : null);
        }
        catch (ActivityException error)
        {
            EndAttempt(run, node, number, new AttemptOutcome.Failed(new Failure(error.Kind, error.Code, error.Message)), AttemptFacts.None);
            return;
        }
        // See, decide, commit, and only then touch the world.
        WhenDurable(() => _starting[id] = StartOnExecutorAsync(id, order));
    }

    private async Task StartOnExecutorAsync(AttemptId id, AttemptOrder order)
    {
        try
        {
            await _executor.StartAsync(order, _stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The start is recorded; the next owner makes sure that it happens.
            return;
        }
        catch (Exception error)
        {
            LogStartFailed(_log, error, id);
            Failure failure = error is ActivityException known
                ? new Failure(known.Kind, known.Code, known.Message)
                : new Failure(FailureKind.Infrastructure, "ENG-003", $"the attempt could not be started: {error.Message}");
            Post(() => AttemptEnded(id, new AttemptOutcome.Failed(failure), AttemptFacts.None));
        }
    }

    private void Stop(ActiveRun run, NodeState node, int number)
    {
        if (node.Planned.Placement == ActivityPlacement.Inline)
        {
            _inline.Cancel(new AttemptId(run.State.Id, node.Index, number));
            return;
        }
        AttemptId id = new(run.State.Id, node.Index, number);
        TimeSpan grace = Preempted.Is(node.StopReason) ? _options.PreemptionGrace : _options.StopGrace;
        WhenDurable(() => _ = StopOnExecutorAsync(id, grace, _starting.GetValueOrDefault(id, Task.CompletedTask)));
    }

    // A stop must not overtake the start it is about: an executor ignores attempts that it does not know.
    private async Task StopOnExecutorAsync(AttemptId id, TimeSpan grace, Task starting)
    {
        try
        {
            await starting.ConfigureAwait(false);
            await _executor.StopAsync(id, grace, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogStopFailed(_log, error, id);
        }
    }

    [Microsoft.Extensions.Logging.LoggerMessage(1004, Microsoft.Extensions.Logging.LogLevel.Error, "ENG-003 Attempt {Attempt} could not be started")]
    private static partial void LogStartFailed(Microsoft.Extensions.Logging.ILogger logger, Exception error, AttemptId attempt);

    [Microsoft.Extensions.Logging.LoggerMessage(1005, Microsoft.Extensions.Logging.LogLevel.Error, "ENG-004 Attempt {Attempt} could not be told to stop")]
    private static partial void LogStopFailed(Microsoft.Extensions.Logging.ILogger logger, Exception error, AttemptId attempt);
}
