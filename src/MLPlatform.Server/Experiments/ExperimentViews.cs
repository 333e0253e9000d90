using System.Text.Json.Serialization;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Comparison;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Server.Experiments;

/// <summary>An experiment.</summary>
public sealed record ExperimentView(long Id, string Name, Lifecycle Stage, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, IReadOnlyDictionary<string, string> Tags)
{
    internal static ExperimentView From(Experiment e) => new(e.Id, e.Name, e.Stage, e.CreatedAt, e.UpdatedAt, e.Tags);
}

/// <summary>A tracked run.</summary>
/// <param name="StartedAt">Absent where its program gave a time that is none.</param>
/// <param name="Metrics">The latest value of each; <c>NaN</c> and the infinities as text.</param>
public sealed record TrackedRunView(
    string Id, long Experiment, string Name, string User, TrackedState Status, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, Lifecycle Stage,
    IReadOnlyDictionary<string, string> Parameters,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<string, string> Tags)
{
    internal static TrackedRunView From(TrackedRun r) => new(
        r.Id, r.Experiment, r.Name, r.User, r.Status, Time(r.StartedMs), Time(r.EndedMs), r.Stage, r.Parameters, r.Metrics.ToDictionary(m => m.Name, m => m.Value), r.Tags);

    internal static DateTimeOffset? Time(long? ms) => ms is >= -62135596800000 and <= 253402300799999 ? DateTimeOffset.FromUnixTimeMilliseconds(ms.Value) : null;
}

/// <summary>Which runs to compare: some by id, those of experiments, or the trials of a sweep; and of these what meets a filter.</summary>
/// <param name="Experiments">Names or ids.</param>
/// <param name="Filter">As tracking clients write it: <c>metrics.auc &gt; 0.7 AND params.model = 'fm'</c>.</param>
/// <param name="OrderBy">As <c>metrics.auc DESC</c>. Default: the best of the first goal first.</param>
/// <param name="Goals">Metrics and whether more is better: <c>auc:max</c>, <c>loss:min</c>. The front is of all of them, importance of the first.</param>
/// <param name="Curves">Metrics whose curves are wanted. Default: those of the goals.</param>
/// <param name="Show">How many runs are shown side by side, up to 500; figures and front are of all. Default: 20.</param>
/// <param name="Sweep">A sweep, whose trials are compared as to its objective where no goals are given.</param>
public sealed record ComparisonRequest(
    IReadOnlyList<string>? Runs = null, IReadOnlyList<string>? Experiments = null, string? Filter = null, IReadOnlyList<string>? OrderBy = null,
    IReadOnlyList<string>? Goals = null, IReadOnlyList<string>? Curves = null, int Show = 20, Guid? Sweep = null);

/// <summary>Runs side by side; what differs comes first.</summary>
/// <param name="Total">How many runs were compared.</param>
/// <param name="Runs">Those shown, in the order of all values.</param>
/// <param name="Sources">Versions of code and data.</param>
/// <param name="Artifacts">Files and artifacts, by what they hold.</param>
/// <param name="Front">Runs that no other beats in all goals at once; of all that were compared.</param>
/// <param name="Importance">How much each parameter has to do with the first goal.</param>
/// <param name="NoImportance">Why nothing can be said of importance; absent where it can, or no goal was given.</param>
public sealed record ComparisonView(
    int Total, IReadOnlyList<TrackedRunView> Runs, IReadOnlyList<ComparedTextView> Parameters, IReadOnlyList<ComparedMetricView> Metrics,
    IReadOnlyList<ComparedTextView> Sources, IReadOnlyList<ComparedTextView> Artifacts, IReadOnlyList<CurveView> Curves, IReadOnlyList<GoalView> Goals,
    IReadOnlyList<TrackedRunView> Front, IReadOnlyList<ParameterShare> Importance, string? NoImportance);

/// <summary>A text of each run; null where it has none.</summary>
/// <param name="Distinct">How many different values all compared runs have.</param>
public sealed record ComparedTextView(string Name, bool Differs, int Distinct, IReadOnlyList<string?> Values);

/// <summary>A metric of each run.</summary>
/// <param name="Present">How many of the compared runs have it; the smallest, mean and largest are of these.</param>
public sealed record ComparedMetricView(
    string Name, bool Differs, int Present, double? Min, double? Mean, double? Max,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] IReadOnlyList<double?> Values);

/// <summary>A metric of one run by step, thinned where it is long.</summary>
public sealed record CurveView(
    string Run, string Metric, IReadOnlyList<long> Steps,
    [property: JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)] IReadOnlyList<double> Values);

/// <summary>What is wanted of a metric.</summary>
public sealed record GoalView(string Metric, bool Maximize)
{
    internal static GoalView Of(Objective objective) => new(objective.Output ?? objective.Metric!, objective.Direction == Direction.Maximize);

    internal static GoalView Parse(string text) => text.Split(':') switch
    {
        [.. string[] name, "max"] when name.Length > 0 => new GoalView(string.Join(':', name), true),
        [.. string[] name, "min"] when name.Length > 0 => new GoalView(string.Join(':', name), false),
        _ => new GoalView(text, true),
    };
}
