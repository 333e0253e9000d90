using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>What became of a command.</summary>
public abstract record CommandResult
{
    private CommandResult() { }

    /// <summary>Done and durable.</summary>
    public sealed record Accepted : CommandResult;

    /// <summary>There is no such run or activity.</summary>
    public sealed record NotFound(string What) : CommandResult;

    /// <summary>The run's state does not allow it.</summary>
    public sealed record Refused(string Code, string Message) : CommandResult;
}

/// <summary>What people and policies may do to a run. Each answers once its effect is durable.</summary>
public sealed class RunCommands
{
    public Task<CommandResult> CancelAsync(RunId run, string by, CancellationToken cancel) => throw new NotImplementedException();

    public Task<CommandResult> PauseAsync(RunId run, string by, CancellationToken cancel) => throw new NotImplementedException();

    public Task<CommandResult> UnpauseAsync(RunId run, string by, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>A finished run goes on: what did not succeed, and what hangs on it, runs again.</summary>
    public Task<CommandResult> ResumeAsync(RunId run, string by, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>A finished run goes on from the named activities (null: from its beginning), whether they succeeded or not.</summary>
    public Task<CommandResult> RerunAsync(RunId run, IReadOnlyList<string>? from, string by, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Answers an activity that waits for a signal; the payload becomes its outputs. For an approval: <c>{"approved":true,"by":"…","comment":"…"}</c>.</summary>
    public Task<CommandResult> SignalAsync(RunId run, string activity, string signal, JsonElement payload, string by, CancellationToken cancel) => throw new NotImplementedException();
}
