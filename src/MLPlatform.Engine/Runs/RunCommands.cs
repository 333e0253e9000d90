using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>What became of a command.</summary>
public abstract record CommandResult
{
    private CommandResult() { }

    /// <summary>Done and durable; or written down for the replica that owns the run, which carries it out within seconds.</summary>
    public sealed record Accepted : CommandResult;

    /// <summary>There is no such run or activity.</summary>
    public sealed record NotFound(string What) : CommandResult;

    /// <summary>The run's state does not allow it.</summary>
    public sealed record Refused(string Code, string Message) : CommandResult;
}

/// <summary>What people and policies may do to a run. Each answers once its effect is durable.</summary>
public sealed class RunCommands(EngineLoop engine, IRunStore store, TimeProvider time)
{
    public Task<CommandResult> CancelAsync(RunId run, string by, CancellationToken cancel) =>
        SendAsync(run, new RunCommand.Cancel(by), cancel);

    public Task<CommandResult> PauseAsync(RunId run, string by, CancellationToken cancel) =>
        SendAsync(run, new RunCommand.Pause(by), cancel);

    public Task<CommandResult> UnpauseAsync(RunId run, string by, CancellationToken cancel) =>
        SendAsync(run, new RunCommand.Unpause(by), cancel);

    /// <summary>A finished run goes on: what did not succeed, and what hangs on it, runs again.</summary>
    public Task<CommandResult> ResumeAsync(RunId run, string by, CancellationToken cancel) =>
        SendAsync(run, new RunCommand.Rewind(by, null), cancel);

    /// <summary>A finished run goes on from the named activities (null: from its beginning), whether they succeeded or not.</summary>
    public async Task<CommandResult> RerunAsync(RunId run, IReadOnlyList<string>? from, string by, CancellationToken cancel)
    {
        if (from is null)
        {
            if (await store.FindRunAsync(run, cancel).ConfigureAwait(false) is not { } row)
                return new CommandResult.NotFound($"run {run}");
            from = await engine.RootsAsync(row.PlanHash, cancel).ConfigureAwait(false);
        }
        return await SendAsync(run, new RunCommand.Rewind(by, from), cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// Answers an activity that waits for a signal; the payload becomes its outputs. For an approval:
    /// <c>{"approved":true,"by":"…","comment":"…"}</c>.
    /// </summary>
    public Task<CommandResult> SignalAsync(
        RunId run, string activity, string signal, JsonElement payload, string by, CancellationToken cancel) =>
        SendAsync(run, new RunCommand.Signal(by, activity, signal, payload), cancel);

    private async Task<CommandResult> SendAsync(RunId id, RunCommand command, CancellationToken cancel)
    {
        if (await engine.TryCommandAsync(id, command).WaitAsync(cancel).ConfigureAwait(false) is { } done)
            return done;
        if (await store.FindRunAsync(id, cancel).ConfigureAwait(false) is not { } row)
            return new CommandResult.NotFound($"run {id}");
        if (row.Status.IsTerminal())
        {
            return await engine.CommandFinishedAsync(id, command, cancel).ConfigureAwait(false)
                ?? new CommandResult.NotFound($"run {id}");
        }
        string json = JsonSerializer.Serialize(command, RunCommandJson.Default.RunCommand);
        DateTimeOffset now = time.GetUtcNow();
        await store.PutCommandAsync(new RunCommandRow(Guid.CreateVersion7(now), id, json, now), cancel).ConfigureAwait(false);
        return new CommandResult.Accepted();
    }
}
