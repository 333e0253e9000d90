using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Bees;

namespace MLPlatform.Server.Deployments;

/// <summary>What somebody did about an impression.</summary>
/// <param name="EventId">Events of one id are one event, however often it is sent.</param>
/// <param name="RequestId">The request that was answered; of one for items, one of its <c>requestIds</c>.</param>
/// <param name="Item">Which of its rows: the item column's value, else its place; or which item that was found, or should have been. Default: 0, the first row.</param>
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
/// <param name="Forwarded">Durable, and on their way to the server that keeps the deployment's feedback, which counts each event once; absent where that is this one.</param>
public sealed record FeedbackAnswer(int Accepted, int Duplicates, int Joined, int? Forwarded = null);

/// <summary>Keeps feedback, each event once and durable before it is answered, and joins it with impressions. Late events are kept like any.</summary>
internal sealed class Feedback(EventLogs events, ServingSources sources, ServingWindows windows, IForwardStore forwards, TimeProvider time)
{
    public async Task<FeedbackAnswer> TakeAsync(Deployment deployment, string sender, IReadOnlyList<FeedbackEvent> feedback, CancellationToken cancel)
    {
        if (await sources.IsKeptHereAsync(deployment.Name, cancel))
            return await KeepAsync(deployment.Name, deployment, sender, feedback, cancel);
        DateTimeOffset now = time.GetUtcNow();
        ForwardedFeedback forwarded = new(sender, [.. feedback.Select(e => e with { At = e.At ?? now })]);
        await forwards.PutAsync(ServingSources.ImpressionsOf(deployment.Name), ForwardKind.Feedback, JsonSerializer.SerializeToUtf8Bytes(forwarded), cancel);
        return new FeedbackAnswer(0, 0, 0, feedback.Count);
    }

    /// <summary>Keeps them in the log of this home.</summary>
    /// <param name="deployment">Null where it was deleted since: then nothing is counted.</param>
    public async Task<FeedbackAnswer> KeepAsync(string name, Deployment? deployment, string sender, IReadOnlyList<FeedbackEvent> feedback, CancellationToken cancel)
    {
        string source = ServingSources.FeedbackOf(name);
        List<CloudEvent> kept = [.. feedback.Select(e => CloudEvent.Structured(ToJson(e, time.GetUtcNow())).Event!)];
        EventsAnswer answer = await events.KeepAsync(source, "feedback." + sender, kept, cancel)
            ?? throw new ActivityException("BEES-053", $"The source '{source}' was taken off the list while feedback came in. Send it again.", FailureKind.Infrastructure);
        // Joining twice changes nothing, so an event that was kept before a crash and not counted is counted when it comes again.
        int joined = deployment is null ? 0 : await windows.WithAsync(deployment, window => Count(window, deployment, feedback, answer.Accepted));
        return new FeedbackAnswer(answer.Accepted, answer.Duplicates, joined);
    }

    private int Count(ServingWindow window, Deployment deployment, IReadOnlyList<FeedbackEvent> feedback, int accepted)
    {
        foreach (FeedbackEvent e in feedback.Take(accepted)) // As many as are new; of a batch that was kept in part the wrong ones may lend their times.
            window.Event(e.At ?? time.GetUtcNow());
        return feedback.Where(e => e.Type == deployment.Spec.Settings.Positive).Count(e => window.Praise(JoinKey.Of(e.RequestId, e.Item ?? "0"), JoinKey.OfRequest(e.RequestId)));
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
