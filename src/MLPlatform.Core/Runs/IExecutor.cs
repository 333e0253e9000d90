using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Runs;

/// <summary>Where attempts run outside the server.</summary>
public interface IExecutor
{
    /// <summary>Where ends and starts are told to. Called once, before anything else.</summary>
    void Attach(IAttemptSink sink);

    /// <summary>
    /// Makes sure the attempt runs. Safe to repeat, also by a restarted server: an attempt that runs is adopted, one that
    /// ended is reported, one whose process is gone without a recorded end is reported as lost (infrastructure).
    /// </summary>
    Task StartAsync(AttemptOrder order, CancellationToken cancel);

    /// <summary>Asks the attempt to end: SIGTERM, and SIGKILL after the grace. Its end is reported as usual; unknown ids are ignored.</summary>
    Task StopAsync(AttemptId attempt, TimeSpan grace, CancellationToken cancel);
}

/// <summary>What an executor tells the engine. May be called from any thread, more than once for one fact.</summary>
public interface IAttemptSink
{
    /// <param name="executionJson">Process id, limits that applied.</param>
    void Started(AttemptId attempt, string executionJson);

    /// <summary>Points of the attempt's metrics, in the order it wrote them, while it runs. All of them come again with its end.</summary>
    /// <param name="first">How many were told before; 0 begins anew, since the attempt did or we were asked to.</param>
    void Reported(AttemptId attempt, int first, IReadOnlyList<MetricPoint> points);

    /// <summary>The attempt has not begun and goes to another pool than it was admitted to, since there is no room in that. May be told again.</summary>
    void Moved(AttemptId attempt, string pool);

    void Ended(AttemptId attempt, AttemptOutcome outcome, AttemptFacts facts);
}

/// <summary>What was learned from an attempt besides its outcome.</summary>
/// <param name="ExecutionJson">Process id, limits, exit code, peak memory, as an object.</param>
/// <param name="Metrics">All metrics it reported, in the order it wrote them, also those told while it ran.</param>
public sealed record AttemptFacts(string? ExecutionJson, IReadOnlyList<MetricPoint> Metrics)
{
    public static AttemptFacts None { get; } = new(null, []);
}

public readonly record struct MetricPoint(string Name, long Step, double Value, DateTimeOffset At);

/// <summary>All that an executor needs to start an attempt.</summary>
public sealed record AttemptOrder
{
    public required AttemptId Id { get; init; }
    public required string Pipeline { get; init; }

    /// <summary>The node's name.</summary>
    public required string Activity { get; init; }
    public required string Type { get; init; }
    public required ActivityPlacement Placement { get; init; }
    public required DateTimeOffset LogicalDate { get; init; }

    /// <summary>Bound inputs: a JSON object.</summary>
    public required JsonElement Inputs { get; init; }

    /// <summary>The command, for scripts.</summary>
    public ScriptCommand? Command { get; init; }

    /// <summary>Whether the activity's type asks for a folder of checkpoints; scripts ask with their command.</summary>
    public bool Checkpoints { get; init; }

    /// <summary>Whether it gets a folder that the next attempt of the same activity and run gets, too.</summary>
    [JsonIgnore]
    public bool KeepsCheckpoints => Checkpoints || Command is { Checkpoints: true };
    public required ResourceRequest Resources { get; init; }

    /// <summary>The group it is run for, as the pipeline's <c>basic.group</c> says; null where it names none.</summary>
    public string? Group { get; init; }

    /// <summary>The group whose quota it counts in, empty for none; null: <see cref="Group"/>.</summary>
    public string? QuotaGroup { get; init; }

    /// <summary>Who it is run for, as the pipeline's <c>basic.owner</c> says; null where it names nobody.</summary>
    public string? Owner { get; init; }

    /// <summary>Longest time it may run; the engine sees to it, an executor of its own where no server is left to. Null: no bound.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The devices of the machine that it may use; empty where it asked for none, or where the executor's own system gives them out.</summary>
    public IReadOnlyList<DeviceShare> Devices { get; init; } = [];
}
