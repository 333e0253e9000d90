using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Describe;

namespace MLPlatform.Server.Runs;

/// <summary>A run, as lists show it.</summary>
/// <param name="Trigger">What started it: an object with <c>type</c> and its facts.</param>
/// <param name="LogicalDate">The date the run is about.</param>
/// <param name="Seconds">From creation to its end; absent while it goes on.</param>
/// <param name="Outputs">The pipeline's outputs; absent while it goes on.</param>
/// <param name="Counts">How its activities stand, forEach instances included.</param>
public record RunView(
    Guid Id, string Pipeline, RunStatus State, JsonElement? Trigger, DateTimeOffset LogicalDate, JsonElement? Parameters,
    DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, double? Seconds, JsonElement? Outputs, FailureView? Failure, RunCounts Counts)
{
    internal static RunView From(RunRow row) => new(
        row.Id.Value, row.Pipeline, row.Status, RawJson.Read(row.TriggerJson), row.LogicalDate, RawJson.Read(row.ParametersJson),
        row.CreatedAt, row.EndedAt, (row.EndedAt - row.CreatedAt)?.TotalSeconds, RawJson.Read(row.OutputsJson),
        FailureView.From(row.FailureJson), row.Counts);
}

/// <summary>A run with its activities.</summary>
/// <param name="Activities">In plan order, forEach instances after them; the first 1000.</param>
/// <param name="Alarms">What alarms tell of it, newest first; the first 100.</param>
/// <param name="Waits">Why its activities wait for resources; the first 100.</param>
/// <param name="Omitted">How many activities are not shown; <c>/activities</c> pages through all.</param>
public sealed record RunDetail(
    Guid Id, string Pipeline, RunStatus State, JsonElement? Trigger, DateTimeOffset LogicalDate, JsonElement? Parameters,
    DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, double? Seconds, JsonElement? Outputs, FailureView? Failure, RunCounts Counts,
    [property: JsonPropertyOrder(1)] IReadOnlyList<ActivityView> Activities, [property: JsonPropertyOrder(1)] int Omitted,
    [property: JsonPropertyOrder(1)] IReadOnlyList<AlarmView> Alarms, [property: JsonPropertyOrder(1)] IReadOnlyList<WaitView> Waits)
    : RunView(Id, Pipeline, State, Trigger, LogicalDate, Parameters, CreatedAt, EndedAt, Seconds, Outputs, Failure, Counts)
{
    private const int Most = 1000;

    internal static RunDetail From(RunRow row, IReadOnlyList<ActivityRow> activities, IReadOnlyList<WaitView> waits, IReadOnlyList<Alarm> alarms)
    {
        RunView run = RunView.From(row);
        return new RunDetail(
            run.Id, run.Pipeline, run.State, run.Trigger, run.LogicalDate, run.Parameters, run.CreatedAt, run.EndedAt, run.Seconds,
            run.Outputs, run.Failure, run.Counts, [.. activities.Take(Most).Select(ActivityView.From)], Math.Max(0, activities.Count - Most), [.. alarms.Select(AlarmView.From)], waits);
    }
}

/// <summary>An activity of a run.</summary>
/// <param name="Node">Its number in the run.</param>
/// <param name="Name"><c>train</c>, or <c>train[3]</c> for a forEach instance.</param>
/// <param name="Seconds">From its first start to its end; 0 where it ended without a start, absent while it goes on.</param>
/// <param name="Note">Why it was skipped, why the cache missed, or which attempt a cached result came from.</param>
public sealed record ActivityView(
    int Node, string Name, string Type, ActivityStatus State, DateTimeOffset? ReadyAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    double? Seconds, int Attempts, JsonElement? Outputs, FailureView? Failure, string? Note)
{
    internal static ActivityView From(ActivityRow row) => new(
        row.Node, row.Name, row.Type, row.Status, row.ReadyAt, row.StartedAt, row.EndedAt, (row.EndedAt - (row.StartedAt ?? row.EndedAt))?.TotalSeconds,
        row.Attempts, RawJson.Read(row.OutputsJson), FailureView.From(row.FailureJson), row.Note);
}

/// <summary>One try of an activity.</summary>
/// <param name="Id">Names its folder and its log.</param>
/// <param name="Execution">What the executor tells: process id, limits that applied, peak memory, exit code.</param>
/// <param name="Usage">What its processes used, or use while it runs; absent for steps inside the server.</param>
public sealed record AttemptView(
    string Id, int Node, int Number, AttemptStatus State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, double? Seconds,
    FailureView? Failure, JsonElement? Execution, AttemptUsage? Usage)
{
    internal static AttemptView From(AttemptRow row, string home) => new(
        row.Id.ToString(), row.Id.Node, row.Id.Number, row.Status, row.StartedAt, row.EndedAt, (row.EndedAt - row.StartedAt)?.TotalSeconds,
        FailureView.From(row.FailureJson), RawJson.Read(row.ExecutionJson),
        row.EndedAt is null ? RunningAttempt.Usage(home, row.Id) : AttemptUsage.Of(row.ExecutionJson));
}

/// <summary>Why something failed.</summary>
/// <param name="Code">Listed in docs/diagnostics.</param>
public sealed record FailureView(FailureKind Kind, string Code, string Message)
{
    // Failures are stored as the journal writes them; names are matched without regard to case.
    private static readonly JsonSerializerOptions Stored = JsonSetup.ClientOptions;

    internal static FailureView? From(string? json) => json is null ? null : JsonSerializer.Deserialize<FailureView>(json, Stored);
}

/// <summary>Events that were committed together.</summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="Events">The events, in order.</param>
public sealed record JournalView(long Sequence, JsonElement Events)
{
    internal static JournalView From(JournalEntry entry) => new(entry.Sequence, JsonElement.Parse(entry.Payload.Span));
}

/// <summary>A metric's point.</summary>
public sealed record MetricView(int Node, int Attempt, string Name, long Step, double Value, DateTimeOffset At);

/// <summary>An artifact that a run made.</summary>
/// <param name="Hash">Its address: <c>/api/v1/artifacts/{hash}</c>.</param>
public sealed record RunArtifactView(int Node, int Attempt, string Output, string Hash, string Kind, long Bytes, DateTimeOffset At);
