using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

// What people may do to a run.
public sealed partial class EngineLoop
{
    /// <summary>Carries a command out on a run in memory; null if this replica does not have it there.</summary>
    internal Task<CommandResult?> TryCommandAsync(RunId id, RunCommand command)
    {
        TaskCompletionSource<CommandResult?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            CommandResult? result = Find(id) is { } run ? Execute(run, command) : null;
            if (result is CommandResult.Accepted)
                WhenDurable(() => answer.SetResult(result), answer.SetException);
            else
                answer.SetResult(result);
        });
        return AnswerAsync(answer.Task);
    }

    /// <summary>Brings a finished run back into memory and carries the command out on it.</summary>
    internal async Task<CommandResult?> CommandFinishedAsync(RunId id, RunCommand command, CancellationToken cancel)
    {
        while (true)
        {
            (_, long since) = await BeginLoadingAsync().WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                if (await LoadAsync(id, cancel).ConfigureAwait(false) is not { } loaded)
                    return null;
                if (await CommandLoadedAsync(loaded, since, command).WaitAsync(cancel).ConfigureAwait(false) is { } result)
                    return result;
            }
            finally
            {
                Post(EndLoading);
            }
        }
    }

    // Null if the run went on and ended while it was being read, so that it has to be read again.
    private Task<CommandResult?> CommandLoadedAsync(ActiveRun loaded, long since, RunCommand command)
    {
        TaskCompletionSource<CommandResult?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RunId id = loaded.State.Id;
        Post(() =>
        {
            if (Find(id) is null && IsStale(id, since))
            {
                answer.SetResult(null);
                return;
            }
            _runs.TryAdd(id, loaded);
            ActiveRun run = _runs[id];
            CommandResult result = Execute(run, command);
            if (result is CommandResult.Accepted)
            {
                WhenDurable(() => answer.SetResult(result), answer.SetException);
                return;
            }
            // A refused command leaves nothing to do for the run, so it need not stay.
            if (run.State.Status.IsTerminal() && !run.IsDirty)
                Forget(id);
            answer.SetResult(result);
        });
        return AnswerAsync(answer.Task);
    }

    private CommandResult Execute(ActiveRun run, RunCommand command) => command switch
    {
        RunCommand.Cancel c => Done(run, new RunEvent.CancelRequested(Now, c.By)),
        RunCommand.Pause c => Done(run, new RunEvent.Paused(Now, c.By)),
        RunCommand.Unpause c => Done(run, new RunEvent.Unpaused(Now, c.By)),
        RunCommand.Rewind c => Rewind(run, c),
        RunCommand.Signal c => Signal(run, c),
        RunCommand.Preempt c => Done(run, new RunEvent.StopRequested(Now, c.Node, c.Number, Preempted.Because(c.By))),
        _ => new CommandResult.Refused("ENG-020", $"unknown command {command.GetType().Name}"),
    };

    private CommandResult Done(ActiveRun run, RunEvent happened)
    {
        // Asked first on its own, because a person is told why, while Apply only logs it.
        string before = run.State.Status.ToString();
        return Apply(run, happened)
            ? new CommandResult.Accepted()
            : new CommandResult.Refused("ENG-021", $"a run that is {JsonNamingPolicy.CamelCase.ConvertName(before)} cannot be {WordOf(happened)}");
    }

    private static string WordOf(RunEvent wanted) => wanted switch
    {
        RunEvent.CancelRequested => "cancelled",
        RunEvent.Paused => "paused",
        RunEvent.StopRequested => "preempted",
        _ => "unpaused",
    };

    private CommandResult Rewind(ActiveRun run, RunCommand.Rewind command)
    {
        List<int>? from = null;
        foreach (string name in command.From ?? [])
        {
            if (FindNode(run, name) is not { } node)
                return new CommandResult.NotFound($"activity '{name}'");
            (from ??= []).Add(node.Index);
        }
        if (!run.State.Status.IsTerminal())
            return new CommandResult.Refused("ENG-021", "the run has not ended; cancel it first, or wait for its end");
        return Apply(run, new RunEvent.Rewound(Now, from, command.By))
            ? new CommandResult.Accepted()
            : new CommandResult.Refused("ENG-022", "nothing is left to do: every activity succeeded or was skipped; name an activity to run from");
    }

    private CommandResult Signal(ActiveRun run, RunCommand.Signal command)
    {
        if (FindNode(run, command.Activity) is not { } node)
            return new CommandResult.NotFound($"activity '{command.Activity}'");
        if (node.Status != ActivityStatus.Waiting || node.Deferral?.Signal != command.Name)
            return new CommandResult.Refused("ENG-023", $"{node.Name} does not wait for '{command.Name}'; it is {JsonNamingPolicy.CamelCase.ConvertName(node.Status.ToString())}");
        // What cannot be written again cannot be read either; ending the attempt says so.
        AttemptOutcome answer = SoundText.In(command.Payload) ? _inline.Answer(node.Planned.Type, command.Payload) : new AttemptOutcome.Succeeded(command.Payload);
        EndAttempt(run, node, node.Attempts, answer, AttemptFacts.None);
        return new CommandResult.Accepted();
    }

    private static NodeState? FindNode(ActiveRun run, string name)
    {
        if (run.State.Graph.Find(name) is { } index)
            return run.State.Nodes[index];
        return run.State.Nodes.Skip(run.State.Plan.Nodes.Count).FirstOrDefault(n => !n.Superseded && n.Name == name);
    }

    private void CarryOutCommand(RunCommandRow row)
    {
        RunCommand command = JsonSerializer.Deserialize(row.Json, RunCommandJson.Default.RunCommand)!;
        CommandResult? result = Find(row.Run) is { } run ? Execute(run, command) : null;
        if (result is not CommandResult.Accepted)
            LogCommandDropped(_log, row.Run, command.GetType().Name, result);
    }

    [LoggerMessage(1009, LogLevel.Warning, "ENG-024 Run {Run}: the command {Command} that another replica left came to nothing: {Result}")]
    private static partial void LogCommandDropped(ILogger logger, RunId run, string command, CommandResult? result);
}
