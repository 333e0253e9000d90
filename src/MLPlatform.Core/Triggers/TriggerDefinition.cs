using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Triggers;

/// <summary>One entry of <c>schedule.triggers</c>: what starts runs of the pipeline without a person.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(CronTrigger), "cron")]
[JsonDerivedType(typeof(WebhookTrigger), "webhook")]
[JsonDerivedType(typeof(UpstreamTrigger), "upstream")]
[JsonDerivedType(typeof(DatasetTrigger), "dataset")]
[JsonDerivedType(typeof(FeedbackTrigger), "feedback")]
public abstract record TriggerDefinition
{
    /// <summary>Unique in the pipeline; default: its index in the file. Name a trigger to be free to reorder the list.</summary>
    [RegularExpression("^[A-Za-z][A-Za-z0-9_-]{0,63}$"), Description("Unique in the pipeline. Default: its index in the list.")]
    public string? Name { get; init; }

    /// <summary>Parameters of the runs it starts, over the pipeline's defaults.</summary>
    [Description("Parameters of the runs it starts, over the pipeline's defaults.")]
    public IReadOnlyDictionary<string, JsonElement>? Parameters { get; init; }
}

/// <summary>Starts a run at every instant that a cron expression names; the instant is the run's logical date.</summary>
public sealed record CronTrigger : TriggerDefinition
{
    /// <summary>Minute, hour, day of month, month, day of week; with six fields, seconds come first.</summary>
    [Description("Minute, hour, day of month, month, day of week; with six fields, seconds come first.")]
    public required string Cron { get; init; }

    /// <summary>An IANA time zone. Default: UTC.</summary>
    [Description("An IANA time zone, such as Asia/Shanghai. Default: UTC.")]
    public string TimeZone { get; init; } = "UTC";

    /// <summary>What becomes of firings that were missed while nothing ran. Default: latest.</summary>
    [Description("What becomes of firings that were missed: none, the latest, or all of them. Default: latest.")]
    public CatchUp CatchUp { get; init; } = CatchUp.Latest;

    /// <summary>The most missed firings that are caught up, the newest of them; older ones are recorded as dropped. Default: 100.</summary>
    [Range(1, 10_000), Description("The most missed firings that are caught up; older ones are recorded as dropped. Default: 100.")]
    public int CatchUpLimit { get; init; } = 100;

    /// <summary>What becomes of local times that daylight saving skips. Default: shift.</summary>
    [Description("Local times that daylight saving skips: shift them past the gap, or skip them. Default: shift.")]
    public SkippedTimes Skipped { get; init; } = SkippedTimes.Shift;

    /// <summary>
    /// What becomes of local times that daylight saving repeats. Default: both for an expression that fires in every hour
    /// of a day, first for all others.
    /// </summary>
    [Description("Local times that daylight saving repeats: fire at the first, the second or both. Default: both if the expression fires in every hour, else first.")]
    public RepeatedTimes? Repeated { get; init; }
}

/// <summary>Missed firings.</summary>
public enum CatchUp
{
    /// <summary>Are recorded as dropped.</summary>
    None,

    /// <summary>The newest one is caught up.</summary>
    Latest,

    /// <summary>All are caught up, up to the limit.</summary>
    All,
}

/// <summary>Local times that do not exist because the clock went forward.</summary>
public enum SkippedTimes
{
    /// <summary>Move forward by the length of the gap: 02:30 fires at 03:30. Where the expression fires at that instant anyway, once.</summary>
    Shift,

    /// <summary>Do not fire.</summary>
    Skip,
}

/// <summary>Local times that exist twice because the clock went back.</summary>
public enum RepeatedTimes
{
    /// <summary>Fire before the clock goes back.</summary>
    First,

    /// <summary>Fire after the clock went back.</summary>
    Second,

    /// <summary>Fire twice.</summary>
    Both,
}

/// <summary>Starts a run for each authenticated call to <c>/api/v1/hooks/{pipeline}/{name}</c>.</summary>
public sealed record WebhookTrigger : TriggerDefinition
{
    /// <summary>The name of the secret that signs the body (HMAC-SHA256); never the secret itself. Default: none, the API's own tokens decide.</summary>
    [RegularExpression("^[A-Za-z][A-Za-z0-9_-]{0,62}$"), Description("The name of the secret that signs the body; never the secret itself.")]
    public string? SecretRef { get; init; }
}

/// <summary>Starts a run when a run of another pipeline ends, once for each of its runs, with the same logical date.</summary>
public sealed record UpstreamTrigger : TriggerDefinition
{
    [Description("The pipeline whose runs are followed.")]
    public required string Pipeline { get; init; }

    /// <summary>Which ends count. Default: succeeded.</summary>
    [MinLength(1), Description("Which ends count: succeeded, failed, cancelled. Default: succeeded.")]
    public IReadOnlyList<UpstreamEnd> On { get; init; } = [UpstreamEnd.Succeeded];

    /// <summary>Whether it fires for the same ends.</summary>
    public bool FiresLike(UpstreamTrigger other) => Pipeline == other.Pipeline && On.ToHashSet().SetEquals(other.On);
}

/// <summary>How a run of an upstream pipeline ended.</summary>
public enum UpstreamEnd
{
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>Starts a run for each new version of a dataset, with the logical date of the run that published it.</summary>
public sealed record DatasetTrigger : TriggerDefinition
{
    [Description("The dataset whose versions are followed.")]
    public required string Dataset { get; init; }
}
