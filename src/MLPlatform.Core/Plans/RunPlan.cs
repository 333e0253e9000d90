using System.Text.Json;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Plans;

/// <summary>
/// A pipeline compiled for given parameters: what the engine carries out, and all it needs to. Immutable; serialised
/// as JSON and known by the hash of that JSON.
/// </summary>
public sealed record RunPlan
{
    public required string Pipeline { get; init; }

    /// <summary>The hash of the pipeline file it was compiled from.</summary>
    public required string PipelineHash { get; init; }

    /// <summary>Bound parameters: a JSON object, in scope of expressions as <c>parameters</c>.</summary>
    public required JsonElement Parameters { get; init; }

    /// <summary>The pipeline's <c>basic</c> section and labels, for views and alarms.</summary>
    public required JsonElement Basic { get; init; }

    /// <summary>The pipeline's alarm rules, as declared.</summary>
    public required JsonElement Alarms { get; init; }

    /// <summary>In an order in which every node comes after what it depends on.</summary>
    public required IReadOnlyList<PlannedNode> Nodes { get; init; }

    /// <summary>The pipeline's outputs by name: JSON that may hold expressions.</summary>
    public required JsonElement Outputs { get; init; }

    /// <summary>Where the pipeline file is from; null where its folder is in no repository.</summary>
    public CodeLocation? Code { get; init; }
}

/// <summary>When a node may start, looking at the nodes it depends on.</summary>
public enum Join
{
    /// <summary>All succeeded.</summary>
    All,

    /// <summary>At least one succeeded.</summary>
    Any,

    /// <summary>All have ended, however.</summary>
    AllDone,
}

/// <summary>Whether an earlier result may be used.</summary>
public enum CacheMode
{
    /// <summary>Used and kept where the activity type allows it.</summary>
    Auto,

    /// <summary>Neither used nor kept.</summary>
    Off,

    /// <summary>Not used, but the new result replaces the kept one.</summary>
    Refresh,
}

/// <summary>One activity of a plan.</summary>
public sealed record PlannedNode
{
    public required string Name { get; init; }
    public required string Type { get; init; }
    public required int Version { get; init; }
    public required ActivityPlacement Placement { get; init; }
    public required bool Cacheable { get; init; }

    /// <summary>Indices of the nodes it depends on, by reference or declared; ascending, all smaller than its own.</summary>
    public required IReadOnlyList<int> DependsOn { get; init; }

    public Join Join { get; init; } = Join.All;

    /// <summary>Condition as an expression string, or null.</summary>
    public string? When { get; init; }

    /// <summary>A JSON list or an expression that gives one, or null. In scope of instances as <c>item</c> and <c>index</c>.</summary>
    public JsonElement? ForEach { get; init; }

    /// <summary>How many forEach instances may run at once; null: no bound of their own.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>A JSON object that may hold expressions.</summary>
    public required JsonElement Inputs { get; init; }

    public required ResourceRequest Resources { get; init; }
    public required RetryPolicy Retry { get; init; }

    /// <summary>The activity's own alarm rules, as declared; null where it has none.</summary>
    public JsonElement? Alarms { get; init; }

    /// <summary>Longest time one attempt may run; null: no bound.</summary>
    public TimeSpan? Timeout { get; init; }

    public CacheMode Cache { get; init; } = CacheMode.Auto;

    /// <summary>Where the code that it runs is from, the first of it; null where it names none, or none in a repository.</summary>
    public CodeLocation? Code { get; init; }
}

/// <param name="MilliCpu">Thousandths of a core; 0 holds no slot.</param>
/// <param name="MemoryBytes">Bytes; 0 where none was declared.</param>
/// <param name="MilliGpu">Thousandths of a GPU.</param>
/// <param name="Pool">The pool asked for, or null for the default.</param>
/// <param name="Priority">Higher goes first; <c>low</c> is -10, <c>normal</c> 0, <c>high</c> 10 in pipeline files.</param>
/// <param name="GpuModels">Models of GPU that will do, in order and separated by <c>|</c>; null for any.</param>
/// <param name="Nodes">Labels that the machine must have, <c>name=value</c> in order and separated by <c>,</c>; null for any machine.</param>
/// <param name="Preemptible">Whether it may have to give its place to other work; null stands for yes.</param>
public sealed record ResourceRequest(
    int MilliCpu, long MemoryBytes, int MilliGpu = 0, string? Pool = null, int Priority = 0, string? GpuModels = null, string? Nodes = null, bool? Preemptible = null)
{
    public static ResourceRequest None { get; } = new(0, 0);

    /// <summary>Whether it asks for nothing, so that it need not wait for anything.</summary>
    public bool IsEmpty => this is { MilliCpu: 0, MemoryBytes: 0, MilliGpu: 0 };
}
