using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Triggers;

/// <summary>The replica that claims and starts: its name, and its door to the engine.</summary>
internal sealed record TriggerReplica(Func<string> Name, Func<RunRequest, CancellationToken, Task<RunId>> StartRun);
