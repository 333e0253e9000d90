using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>What is told of how an attempt was run; what is unknown is left out.</summary>
internal sealed record ExecutionFacts
{
    public int? Pid { get; init; }
    public bool Worker { get; init; }
    public int? ExitCode { get; init; }
    public string? Signal { get; init; }
    public bool OutOfMemory { get; init; }
    public long? PeakMemoryBytes { get; init; }
    public double? CpuSeconds { get; init; }

    /// <summary>What all its processes used, for a placement to be judged by what was asked for and what was needed.</summary>
    public AttemptUsage? Usage { get; init; }

    /// <summary>Processes it left behind, which were killed.</summary>
    public int LeftBehind { get; init; }

    /// <summary>Lines of <c>metrics.jsonl</c> that are no metric, or were too many.</summary>
    public int MetricsRefused { get; init; }
    public LimitsApplied? Limits { get; init; }

    /// <summary>The cluster that ran it, and there the object it became, its pod and that pod's node.</summary>
    public string? Cluster { get; init; }
    public string? Object { get; init; }
    public string? Pod { get; init; }
    public string? Node { get; init; }
}

// Nulls and falses are left out; an exit code of 0 is a fact, and written.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(ExecutionFacts))]
internal sealed partial class HarvestJson : JsonSerializerContext;
