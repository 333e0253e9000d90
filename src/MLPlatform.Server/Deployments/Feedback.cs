using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Bees;

namespace MLPlatform.Server.Deployments;

/// <summary>What somebody did about an impression.</summary>
/// <param name="EventId">Events of one id are one event, however often it is sent.</param>
/// <param name="RequestId">The request that was answered.</param>
/// <param name="Item">Which of its rows: the item column's value, else its place. Default: 0, the first.</param>
/// <param name="Type">What was done. Default: click.</param>
/// <param name="At">When. Default: now.</param>
/// <param name="Value">A price, a time spent; kept as it is.</param>
public sealed record FeedbackEvent(string EventId, string RequestId, string? Item = null, string Type = "click", DateTimeOffset? At = null, double? Value = null);

/// <summary>Events of one deployment.</summary>
public sealed record FeedbackRequest(string Deployment, IReadOnlyList<FeedbackEvent> Events);

/// <summary>What became of them.</summary>
/// <param name="Accepted">Kept now.</param>
/// <param name="Duplicates">Kept before, or twice in the request.</param>
/// <param name="Joined">Impressions that became positive by them.</param>
public sealed record FeedbackAnswer(int Accepted, int Duplicates, int Joined);

/// <summary>Keeps feedback, each event once and durable before it is answered, and joins it with impressions. Late events are kept like any.</summary>
internal sealed class Feedback(EventLogs events, ISourceStore sources, ServingWindows windows, TimeProvider time)
{
    public async Task<FeedbackAnswer> TakeAsync(Deployment deployment, string sender, IReadOnlyList<FeedbackEvent> feedback, CancellationToken cancel)
    {
        string source = ServingSources.FeedbackOf(deployment.Name);
        await ServingSources.EnsureAsync(sources, source, $"Feedback on what the deployment {deployment.Name} answered.", cancel);
        List<CloudEvent> kept = [.. feedback.Select(e => CloudEvent.Structured(ToJson(e, time.GetUtcNow())).Event!)];
        EventsAnswer answer = await events.KeepAsync(source, "feedback." + sender, kept, cancel)
            ?? throw new InvalidOperationException($"the source '{source}' was taken off the list while feedback came in");
        // Joining twice changes nothing, so an event that was kept before a crash and not counted is counted when it comes again.
        int joined = await windows.WithAsync(deployment, window => Count(window, deployment, feedback, answer.Accepted));
        return new FeedbackAnswer(answer.Accepted, answer.Duplicates, joined);
    }

    private int Count(ServingWindow window, Deployment deployment, IReadOnlyList<FeedbackEvent> feedback, int accepted)
    {
        foreach (FeedbackEvent e in feedback.Take(accepted)) // As many as are new; of a batch that was kept in part the wrong ones may lend their times.
            window.Event(e.At ?? time.GetUtcNow());
        return feedback.Where(e => e.Type == deployment.Spec.Settings.Positive).Count(e => window.Praise(JoinKey.Of(e.RequestId, e.Item ?? "0")));
    }

    private static JsonElement ToJson(FeedbackEvent e, DateTimeOffset now) => JsonSerializer.SerializeToElement(new Dictionary<string, object>
    {
        ["specversion"] = "1.0",
        ["id"] = e.EventId,
        ["source"] = "feedback",
        ["type"] = e.Type,
        ["time"] = (e.At ?? now).UtcDateTime.ToString("o", CultureInfo.InvariantCulture),
        ["data"] = e.Value is { } value
            ? new Dictionary<string, object> { ["requestId"] = e.RequestId, ["item"] = e.Item ?? "0", ["value"] = value }
            : new Dictionary<string, object> { ["requestId"] = e.RequestId, ["item"] = e.Item ?? "0" },
    });
}
