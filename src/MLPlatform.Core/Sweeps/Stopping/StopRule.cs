using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Sweeps;

/// <summary>Which trials are stopped before their end, by a metric that they report step by step.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(AshaRule), "asha")]
[JsonDerivedType(typeof(HyperbandRule), "hyperband")]
[JsonDerivedType(typeof(MedianRule), "median")]
public abstract record StopRule
{
    [Description("The metric to judge by; better in the direction of the objective. Default: the objective's metric.")]
    public string? Metric { get; init; }

    [Description("The activity that reports it. Default: the last one that does.")]
    public string? Activity { get; init; }
}

/// <summary>Asynchronous successive halving: at the steps first, first x factor, first x factor², … only the best part goes on.</summary>
public sealed record AshaRule : StopRule
{
    [Range(1, 1_000_000_000), Description("The first step at which trials are judged. Default: 1.")]
    public long MinSteps { get; init; } = 1;

    [Range(2, 100), Description("Of so many trials one goes on. Default: 3.")]
    public int Factor { get; init; } = 3;
}

/// <summary>Several halvings at once that begin to judge at different steps, in case early steps tell little.</summary>
public sealed record HyperbandRule : StopRule
{
    [Range(1, 1_000_000_000), Description("The first step at which the first halving judges. Default: 1.")]
    public long MinSteps { get; init; } = 1;

    [Range(2, 1_000_000_000), Description("The last step of a trial that nothing stops.")]
    public required long MaxSteps { get; init; }

    [Range(2, 100), Description("Of so many trials one goes on. Default: 3.")]
    public int Factor { get; init; } = 3;
}

/// <summary>A trial whose best value so far is worse than the median of what the others had on average by the same step is stopped.</summary>
public sealed record MedianRule : StopRule
{
    [Range(0, 1_000_000_000), Description("No trial is judged before this step. Default: 1.")]
    public long MinSteps { get; init; } = 1;

    [Range(1, SweepSettings.MostTrials), Description("Nothing is stopped before so many trials ended. Default: 5.")]
    public int MinTrials { get; init; } = 5;
}
