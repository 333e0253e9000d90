using System.Text.Json;

namespace MLPlatform.Core.Runs;

/// <summary>How an attempt ended; recorded exactly once.</summary>
public abstract record AttemptOutcome
{
    private AttemptOutcome() { }

    /// <param name="Outputs">A JSON object; artifacts in it are references.</param>
    public sealed record Succeeded(JsonElement Outputs) : AttemptOutcome;

    public sealed record Failed(Failure Failure) : AttemptOutcome;
}
