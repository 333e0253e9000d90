using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace MLPlatform.Core.Triggers;

/// <summary>The <c>schedule</c> section of a pipeline file.</summary>
public sealed record PipelineSchedule
{
    public static PipelineSchedule Empty { get; } = new();

    [Description("What starts runs without a person.")]
    public IReadOnlyList<TriggerDefinition> Triggers { get; init; } = [];

    /// <summary>Runs of other pipelines that must have succeeded before a cron or backfill run of this one starts.</summary>
    [Description("Runs of other pipelines that must have succeeded before a cron or backfill run starts.")]
    public IReadOnlyList<ScheduleDependency> DependsOn { get; init; } = [];

    /// <summary>The most runs started by triggers that may be active at once; null: no bound.</summary>
    [Range(1, 10_000), Description("The most runs started by triggers that may be active at once. Default: no bound.")]
    public int? MaxActiveRuns { get; init; }

    /// <summary>What a cron firing does while <see cref="MaxActiveRuns"/> are active. Default: queue.</summary>
    [Description("What a cron firing does while maxActiveRuns are active: queue or skip. Default: queue.")]
    public WhenBusy WhenBusy { get; init; } = WhenBusy.Queue;

    /// <summary>The key under which a trigger's firings are claimed: <c>{pipeline}/{name or index}</c>.</summary>
    public string KeyOf(string pipeline, int index) =>
        pipeline + "/" + (Triggers[index].Name ?? index.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What a cron firing does while the pipeline's most runs are active.</summary>
public enum WhenBusy
{
    /// <summary>Stays due and starts when a run has ended, oldest first.</summary>
    Queue,

    /// <summary>Is recorded as dropped.</summary>
    Skip,
}

/// <summary>A run of another pipeline that must have succeeded first.</summary>
public sealed record ScheduleDependency
{
    [Description("The other pipeline.")]
    public required string Pipeline { get; init; }

    /// <summary>
    /// Added to this run's logical date. A whole number of days asks for a run of that calendar day (in the trigger's time
    /// zone), of hours for one of that hour, of minutes of that minute, anything finer of that second. Default: 0 days.
    /// </summary>
    [Description("Added to the logical date: whole days ask for a run of that calendar day, whole hours for one of that hour. Default: P0D.")]
    public TimeSpan Offset { get; init; }
}
