using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Sweeps;

/// <summary>One combination of parameters and what became of it; an ordinary run of the pipeline.</summary>
/// <param name="Number">Its place in the sweep, from 0.</param>
/// <param name="Parameters">What the sweep chose; what all trials share is not among it.</param>
/// <param name="Run">Chosen before the run is started, so that starting it twice is harmless.</param>
/// <param name="Rung">The last rung passed of an early-stop rule, from 0; -1 for none.</param>
/// <param name="Curve">Values by ascending step that the early-stop rule judges by.</param>
public sealed record Trial(
    int Number, IReadOnlyDictionary<string, JsonElement> Parameters, RunId Run, DateTimeOffset CreatedAt, int Rung, IReadOnlyList<CurvePoint> Curve, TrialState State);

/// <summary>Where a trial is.</summary>
public abstract record TrialState
{
    private TrialState() { }

    /// <summary>Its run is to be started, or goes on.</summary>
    public sealed record Running : TrialState;

    /// <summary>It is to be run again, once there is room: its sweep was taken up again. Its run is the one it had.</summary>
    public sealed record Waiting : TrialState;

    /// <summary>Its run is being cancelled by the sweep.</summary>
    public sealed record Stopping(string Because) : TrialState;

    /// <summary>Its run succeeded and gave a value.</summary>
    public sealed record Completed(double Value, DateTimeOffset At) : TrialState;

    /// <summary>The sweep stopped it before its end.</summary>
    /// <param name="Value">The last value of the metric that it was judged by; null where it told none.</param>
    public sealed record Stopped(string Because, double? Value, DateTimeOffset At) : TrialState;

    /// <summary>Its run failed, was cancelled by somebody else, could not be planned, or gave no value.</summary>
    public sealed record Failed(string Because, DateTimeOffset At) : TrialState;

    public bool IsTerminal => this is Completed or Stopped or Failed;
}
