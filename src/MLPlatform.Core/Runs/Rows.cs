namespace MLPlatform.Core.Runs;

// What queries read. Strings named Json hold JSON text; statuses are stored by their camelCase names.

/// <summary>A run as stored.</summary>
public sealed record RunRow
{
    public required RunId Id { get; init; }
    public required string Pipeline { get; init; }

    /// <summary>The hash of its plan.</summary>
    public required string PlanHash { get; init; }
    public required RunStatus Status { get; init; }

    /// <summary>What started it: <c>{"type":"manual","by":"…"}</c>, <c>{"type":"cron","trigger":"…"}</c> and so on.</summary>
    public required string TriggerJson { get; init; }
    public required DateTimeOffset LogicalDate { get; init; }
    public required string ParametersJson { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? OutputsJson { get; init; }
    public string? FailureJson { get; init; }

    /// <summary>Nodes in all, forEach instances included, and how they stand.</summary>
    public required RunCounts Counts { get; init; }

    /// <summary>The replica that owns it.</summary>
    public required string Owner { get; init; }
}

public readonly record struct RunCounts(int Total, int Succeeded, int Failed, int Skipped, int Running);

/// <summary>A node of a run as stored; a node without a row is still pending.</summary>
public sealed record ActivityRow
{
    public required RunId Run { get; init; }
    public required int Node { get; init; }

    /// <summary><c>train</c>, or <c>train[3]</c> for a forEach instance.</summary>
    public required string Name { get; init; }
    public required string Type { get; init; }
    public required ActivityStatus Status { get; init; }
    public DateTimeOffset? ReadyAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; init; }
    public string? OutputsJson { get; init; }
    public string? FailureJson { get; init; }

    /// <summary>Why it was skipped, why the cache missed, or which attempt a cached result came from.</summary>
    public string? Note { get; init; }
}

/// <summary>An attempt as stored.</summary>
public sealed record AttemptRow
{
    public required AttemptId Id { get; init; }
    public required AttemptStatus Status { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? FailureJson { get; init; }

    /// <summary>What the executor tells: process id, limits that applied, peak memory, exit code.</summary>
    public string? ExecutionJson { get; init; }
}

/// <summary>A remembered result.</summary>
/// <param name="Key">The cache key.</param>
/// <param name="ComponentsJson">What the key was made of, so that a later miss can say which part differs.</param>
/// <param name="Source">The attempt that made it.</param>
public sealed record CacheRow(
    string Key, string Pipeline, string Activity, string ComponentsJson, string OutputsJson, string Source, DateTimeOffset At);

/// <summary>An artifact that a run made.</summary>
public sealed record ArtifactRow(RunId Run, int Node, int Number, string Output, string Hash, string Kind, long Bytes, DateTimeOffset At);

/// <summary>A lineage edge: an artifact that an attempt read.</summary>
public sealed record ArtifactUseRow(RunId Run, int Node, int Number, string Input, string Hash);

/// <summary>One point of a metric.</summary>
public sealed record MetricRow(RunId Run, int Node, int Number, string Name, long Step, double Value, DateTimeOffset At);
