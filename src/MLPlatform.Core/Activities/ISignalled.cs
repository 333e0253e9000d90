using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Activities;

/// <summary>
/// An inline activity that decides what the payload of the signal it waited for means. Without this the payload becomes
/// its outputs.
/// </summary>
public interface ISignalled
{
    /// <summary>How the attempt ends. Pure.</summary>
    AttemptOutcome Answer(JsonElement payload);
}
