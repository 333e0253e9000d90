using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Engine.Artifacts;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Inline;
using MLPlatform.Engine.Journal;

namespace MLPlatform.Engine.Runs;

// How attempts run, wait and end.
public sealed partial class EngineLoop
{
    private void StartInline(ActiveRun run, NodeState node, int number, BoundNode bound)
    {
        ActivityDescriptor? descriptor = _catalog.Find(node.Planned.Type);
        if (descriptor is null)
        {
            Failure failure = new(FailureKind.User, "ENG-005", $"this server has no activity type '{node.Planned.Type}'");
            EndAttempt(run, node, number, new AttemptOutcome.Failed(failure), AttemptFacts.None);
            return;
        }
        InlineAttempt attempt = InlineAttempt.Of(run, node, number, bound);
        if (!descriptor.RunsAhead)
        {
            WhenDurable(() => _ = RunInlineAsync(run, node, number, descriptor, attempt));
            return;
        }
        // A pure step changes nothing outside, so it need not wait for its own start to be durable.
        ValueTask<(InlineResult Result, AttemptFacts Facts)> running = _inline.RunAsync(descriptor, attempt, _stopping.Token);
        if (running.IsCompletedSuccessfully)
        {
            (InlineResult result, AttemptFacts facts) = running.Result;
            InlineDone(run, node, number, result, facts);
        }
        else
            _ = InBackground(() => AwaitInlineAsync(run, node, number, running), () => run.State.Id);
    }

    private Task RunInlineAsync(ActiveRun run, NodeState node, int number, ActivityDescriptor descriptor, InlineAttempt attempt) =>
        InBackground(() => AwaitInlineAsync(run, node, number, _inline.RunAsync(descriptor, attempt, _stopping.Token)), () => run.State.Id);

    private async Task AwaitInlineAsync(
        ActiveRun run, NodeState node, int number, ValueTask<(InlineResult Result, AttemptFacts Facts)> running)
    {
        (InlineResult result, AttemptFacts facts) = await running.ConfigureAwait(false);
        // A server that stops leaves the step to the next owner, which runs it again.
        if (!_stopping.IsCancellationRequested)
            Post(() => InlineDone(run, node, number, result, facts));
    }

    private void InlineDone(ActiveRun run, NodeState node, int number, InlineResult result, AttemptFacts facts)
    {
        switch (result)
        {
            case InlineResult.Completed done:
                EndAttempt(run, node, number, new AttemptOutcome.Succeeded(done.Outputs), facts);
                break;
            case InlineResult.Failed failed:
                EndAttempt(run, node, number, new AttemptOutcome.Failed(failed.Failure), facts);
                break;
            case InlineResult.Deferred e:
                JsonElement? outputs = (e.OnUntil as AttemptOutcome.Succeeded)?.Outputs;
                Failure? failure = (e.OnUntil as AttemptOutcome.Failed)?.Failure;
                if (Apply(run, new RunEvent.AttemptDeferred(Now, node.Index, number, e.Until, outputs, failure, e.Signal)))
                    UpdateAttempt(run, node, number, row => row with { Status = AttemptStatus.Waiting });
                break;
        }
    }

    private void Wake(ActiveRun run, RunEffect.WakeAt due)
    {
        NodeState node = run.State.Nodes[due.Node];
        if (node.Attempts != due.Number || node.Deferral is not { } waits || node.Status != ActivityStatus.Waiting)
            return;
        AttemptOutcome outcome = waits.FailureAtUntil is { } failure
            ? new AttemptOutcome.Failed(failure)
            : new AttemptOutcome.Succeeded(waits.OutputsAtUntil ?? EmptyObject);
        EndAttempt(run, node, due.Number, outcome, AttemptFacts.None);
    }

    private void TimeOut(ActiveRun run, RunEffect.TimeoutAt due)
    {
        NodeState node = run.State.Nodes[due.Node];
        if (node.Attempts != due.Number)
            return;
        Failure why = new(FailureKind.Timeout, "ENG-006",
            $"ran longer than its timeout of {node.Planned.Timeout}; raise advanced.timeout or make it faster");
        Apply(run, new RunEvent.StopRequested(Now, due.Node, due.Number, why));
    }

    private void ExecutorStarted(AttemptId id, string executionJson)
    {
        if (Find(id.Run) is { } run && FindAttempt(run, id) is { } node)
            UpdateAttempt(run, node, id.Number, row => row with { ExecutionJson = executionJson });
    }

    private void AttemptEnded(AttemptId id, AttemptOutcome outcome, AttemptFacts facts)
    {
        if (Find(id.Run) is { } run && FindAttempt(run, id) is { } node)
            EndAttempt(run, node, id.Number, outcome, facts);
    }

    private static NodeState? FindAttempt(ActiveRun run, AttemptId id) =>
        id.Node < run.State.Nodes.Count && run.State.Nodes[id.Node] is { } node && node.Attempts == id.Number ? node : null;

    // The one way an attempt's end is recorded: its event, its rows, its artifacts and its cache entry in one transaction.
    private void EndAttempt(ActiveRun run, NodeState node, int number, AttemptOutcome outcome, AttemptFacts facts)
    {
        BoundNode? bound = run.Bound.GetValueOrDefault(node.Index);
        DateTimeOffset now = Now;
        // What it gave may be what broke the engines.
        if (run.State.IsGivenUp)
            (outcome, facts) = (new AttemptOutcome.Failed(Poisoned(run)), AttemptFacts.None);
        if (outcome is AttemptOutcome.Succeeded { Outputs: var given } && !SoundText.In(given))
        {
            outcome = new AttemptOutcome.Failed(new Failure(FailureKind.User, "ENG-018",
                $"the outputs of {node.Name} hold a text that is not Unicode: half of a pair such as \\ud800; replace it, or give bytes that are no text as an artifact"));
        }
        JsonElement? outputs = (outcome as AttemptOutcome.Succeeded)?.Outputs;
        Failure? failure = (outcome as AttemptOutcome.Failed)?.Failure;
        if (!Apply(run, new RunEvent.AttemptEnded(now, node.Index, number, outputs, failure)))
            return;
        AttemptId id = new(run.State.Id, node.Index, number);
        UpdateAttempt(run, node, number, row => row with
        {
            Status = failure is null ? AttemptStatus.Succeeded : AttemptStatus.Failed,
            EndedAt = now,
            FailureJson = RunRows.Json(failure is null ? null : node.Failure ?? failure),
            ExecutionJson = facts.ExecutionJson ?? row.ExecutionJson,
        });
        ResourceRequest held = node.Planned.Resources;
        if (!Amount.Of(held).IsZero) // Counted with the end, in its transaction: an end that is written once is counted once.
            _open.Batch.Consumed.Add(PlanConsumer.GroupOf(run.State.Plan), PlanConsumer.PersonOf(run.State.Plan), held, run.DirtyAttempts[(node.Index, number)].StartedAt, now);
        RecordMetrics(id, (run.Told.Remove(node.Index, out ToldMetrics told) ? told : default).Untold(number, facts.Metrics));
        if (outputs is not { } made)
            return;
        foreach ((string path, ArtifactRef artifact) in ArtifactFinder.In(made))
            _open.Batch.Artifacts.Add(new ArtifactRow(id.Run, id.Node, id.Number, path, artifact.Hash, artifact.Kind, artifact.Bytes, now));
        if (bound?.Cache is { } cache)
            _open.Batch.Cache.Add(new CacheRow(cache.Key, run.State.Plan.Pipeline, node.Planned.Name, cache.ComponentsJson, made.GetRawText(), id.ToString(), now));
    }

    private void UpdateAttempt(ActiveRun run, NodeState node, int number, Func<AttemptRow, AttemptRow> change)
    {
        AttemptRow row = run.DirtyAttempts.GetValueOrDefault((node.Index, number))
            ?? run.OpenAttempts.GetValueOrDefault(node.Index)
            ?? new AttemptRow
            {
                Id = new AttemptId(run.State.Id, node.Index, number),
                Status = AttemptStatus.Running,
                StartedAt = node.AttemptStartedAt ?? Now,
            };
        run.DirtyAttempts[(node.Index, number)] = change(row);
        MarkDirty(run);
    }

    private void RecordUses(ActiveRun run, NodeState node, int number)
    {
        if (!run.Bound.TryGetValue(node.Index, out BoundNode? bound))
            return;
        foreach ((string path, ArtifactRef artifact) in ArtifactFinder.In(bound.Inputs))
            _open.Batch.Uses.Add(new ArtifactUseRow(run.State.Id, node.Index, number, path, artifact.Hash));
    }

    private static readonly JsonElement EmptyObject = JsonDocument.Parse("{}").RootElement;
}
