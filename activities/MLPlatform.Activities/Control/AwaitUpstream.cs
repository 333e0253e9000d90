using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Activities.Control;

/// <summary>
/// Waits until other pipelines have succeeded for this run's date. It asks again every few seconds, holds no slot, and a
/// server that starts again goes on asking. An activity's own <c>schedule</c> is carried out by one of these before it.
/// </summary>
[Activity(Core.Plans.UpstreamWait.Type, Cacheable = false, Outputs = typeof(NoOutputs))]
[Description("Waits until runs of other pipelines for the same date have succeeded.")]
public sealed class AwaitUpstream(IRunStore runs) : IInlineActivity<AwaitUpstream.Inputs>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public sealed record Inputs
    {
        [Description("The runs to wait for.")]
        public required IReadOnlyList<ScheduleDependency> Runs { get; init; }

        [Description("Whether to wait at all. Default: true.")]
        public bool Wait { get; init; } = true;

        [Description("The time zone in which days are counted, as an IANA name. Default: UTC.")]
        public string? TimeZone { get; init; }
    }

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        TimeZoneInfo zone = ZoneOf(inputs.TimeZone);
        foreach (ScheduleDependency wanted in inputs.Wait ? inputs.Runs : [])
        {
            var window = DependencyWindow.Of(context.LogicalDate, wanted.Offset, zone);
            RunFilter succeeded = new(wanted.Pipeline, RunStatus.Succeeded, LogicalFrom: window.From, LogicalBefore: window.Before);
            bool told = false;
            while ((await runs.ListRunsAsync(succeeded, null, 1, cancel).ConfigureAwait(false)).Items.Count == 0)
            {
                if (!told)
                    context.Log($"waits for a run of '{wanted.Pipeline}' for {window} to succeed");
                told = true;
                await Task.Delay(Pause, context.Time, cancel).ConfigureAwait(false);
            }
        }
        return new InlineResult.Completed(JsonElement.Parse("{}"));
    }

    private static TimeZoneInfo ZoneOf(string? name) => name is null ? TimeZoneInfo.Utc
        : TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) ? zone
        : throw new ActivityException("ENG-040", $"control.upstream: time zone '{name}' is unknown; use an IANA name such as Europe/Berlin.");
}
