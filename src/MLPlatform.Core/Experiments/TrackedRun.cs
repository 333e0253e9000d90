using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Experiments;

/// <summary>
/// What a training program logs parameters, metrics, tags and files to. Each attempt of a pipeline's run has one; others are
/// made by programs outside of any pipeline. Instants are milliseconds since 1970, as clients send them.
/// </summary>
public sealed record TrackedRun
{
    /// <summary>An attempt's id, a run's id without dashes, or 32 hexadecimal digits.</summary>
    public required string Id { get; init; }
    public required long Experiment { get; init; }
    public required string Name { get; init; }
    public string User { get; init; } = "";
    public required TrackedState Status { get; init; }
    public required long StartedMs { get; init; }
    public long? EndedMs { get; init; }
    public Lifecycle Stage { get; init; }
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = NoText;
    public IReadOnlyDictionary<string, string> Tags { get; init; } = NoText;

    /// <summary>The latest value of each metric, by name.</summary>
    public IReadOnlyList<MetricValue> Metrics { get; init; } = [];

    /// <summary>Where its files are: <c>mlflow-artifacts:/…</c> for the platform's own store.</summary>
    public required string ArtifactUri { get; init; }

    /// <summary>Datasets that were read, and models that were read or made: JSON as clients sent it.</summary>
    public string? InputsJson { get; init; }
    public string? OutputsJson { get; init; }

    /// <summary>The attempt that it is the record of, or that made it; null for programs outside of any pipeline.</summary>
    public AttemptId? Attempt { get; init; }

    public static IReadOnlyDictionary<string, string> NoText { get; } = new Dictionary<string, string>();

    /// <summary>The latest value of a metric, or null.</summary>
    public double? Metric(string name)
    {
        foreach (MetricValue metric in Metrics)
        {
            if (metric.Name == name)
                return metric.Value;
        }
        return null;
    }
}

/// <summary>How a tracked run stands, as the program that logs to it says.</summary>
public enum TrackedState
{
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

/// <summary>One point of a metric.</summary>
/// <param name="Value">Any value, not-a-number and the infinities included.</param>
/// <param name="AtMs">Milliseconds since 1970.</param>
public readonly record struct MetricValue(string Name, double Value, long AtMs, long Step)
{
    /// <summary>Whether this point is the latest of the two: by step, then by time, then by value.</summary>
    public bool IsAfter(in MetricValue other) =>
        (Step, AtMs, Value).CompareTo((other.Step, other.AtMs, other.Value)) >= 0;
}

/// <summary>A tracked run to be made.</summary>
public sealed record NewTrackedRun(
    string Id, long Experiment, string Name, string User, long StartedMs, IReadOnlyDictionary<string, string> Tags, AttemptId? Attempt);

/// <summary>What is logged at once: all of it, or nothing.</summary>
/// <param name="Tags">A null value takes the tag away.</param>
public sealed record TrackedBatch(
    IReadOnlyList<MetricValue> Metrics, IReadOnlyList<KeyValuePair<string, string>> Parameters, IReadOnlyList<KeyValuePair<string, string?>> Tags);

/// <summary>What changes of a tracked run; null leaves a field as it is.</summary>
public sealed record TrackedChange(TrackedState? Status = null, long? EndedMs = null, string? Name = null);

/// <summary>A file that was logged.</summary>
/// <param name="Path">From the root of all tracked files: <c>experiment/run/artifacts/…</c>.</param>
/// <param name="Hash">The bytes, in the artifact store.</param>
/// <param name="Artifact">The artifact of this one file.</param>
public sealed record TrackedFile(string Path, string Hash, long Bytes, string Artifact);
