using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Sweeps;

/// <summary>What a sweep searches, how, and for how long: what its file holds, and the inputs of <c>sweep.run</c>.</summary>
public record SweepSettings
{
    [Description("The registered pipeline whose runs are the trials; or")]
    public string? Pipeline { get; init; }

    [ExternalFiles, Description("the file of one, relative to this file.")]
    public string? File { get; init; }

    [Description("Parameters that all trials share, over the pipeline's defaults.")]
    public IReadOnlyDictionary<string, JsonElement> Parameters { get; init; } = new Dictionary<string, JsonElement>();

    [Description("What is to be made as large or as small as can be.")]
    public required Objective Objective { get; init; }

    [Description("The parameters to search, by name.")]
    public IReadOnlyDictionary<string, Dimension> Space { get; init; } = new Dictionary<string, Dimension>();

    [MaxLength(MostTrials), Description("Combinations of parameters to try, each once and in this order, in place of a space.")]
    public IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> Combinations { get; init; } = [];

    [Description("How trials are chosen from the space. Default: tpe.")]
    public SamplerKind Sampler { get; init; } = SamplerKind.Tpe;

    [Description("The same seed and the same results give the same trials. Default: 1.")]
    public long Seed { get; init; } = 1;

    [Range(1, MostTrials), Description("For tpe: so many trials are chosen at random before it learns from them. Default: 10.")]
    public int Startup { get; init; } = 10;

    [Description("Which trials are stopped before their end. Default: none.")]
    public StopRule? StopEarly { get; init; }

    [Range(1, 1000), Description("Most trials that run at the same time. Default: 1.")]
    public int Parallel { get; init; } = 1;

    [Description("When the sweep ends.")]
    public SweepBudget Budget { get; init; } = new();

    /// <summary>More trials than that are refused.</summary>
    public const int MostTrials = 10_000;
}

/// <summary>A sweep file.</summary>
public sealed record SweepFile : SweepSettings
{
    [JsonPropertyName("$schema"), Description("Where the JSON Schema is, for editors.")]
    public string? Schema { get; init; }

    [RegularExpression(Pipelines.Names.PipelinePattern), Description("What the sweep is called.")]
    public required string Id { get; init; }
}

/// <summary>What a sweep goes for: an output of the pipeline, or a metric that an activity reports.</summary>
public sealed record Objective
{
    [Description("An output of the pipeline that is a number; or")]
    public string? Output { get; init; }

    [Description("a metric that an activity reports; the value of its last step counts.")]
    public string? Metric { get; init; }

    [Description("The activity that reports the metric. Default: the last one that does.")]
    public string? Activity { get; init; }

    [Description("maximize or minimize.")]
    public required Direction Direction { get; init; }

    /// <summary>For messages: <c>output auc</c>.</summary>
    public override string ToString() => Output is not null ? $"output {Output}" : $"metric {Metric}";
}

/// <summary>Which values are the better ones.</summary>
public enum Direction
{
    /// <summary>Large ones.</summary>
    Maximize,

    /// <summary>Small ones.</summary>
    Minimize,
}

/// <summary>How trials are chosen.</summary>
public enum SamplerKind
{
    /// <summary>From what earlier trials gave: near the good ones and away from the bad ones.</summary>
    Tpe,

    /// <summary>At random.</summary>
    Random,

    /// <summary>By a Sobol sequence: evenly over the space, however many there will be.</summary>
    Sobol,

    /// <summary>Every combination of the values of a grid.</summary>
    Grid,
}

/// <summary>When a sweep ends: with the first of these that is reached.</summary>
public sealed record SweepBudget
{
    [Range(1, SweepSettings.MostTrials), Description("So many trials. Default: every combination there is, or 50.")]
    public int? Trials { get; init; }

    [Description("So much time from its start, ISO 8601; trials that run then are stopped. Default: without end.")]
    public TimeSpan? Time { get; init; }

    [Range(1, SweepSettings.MostTrials), Description("The sweep fails once so many trials failed. Default: 10.")]
    public int Failures { get; init; } = 10;
}
