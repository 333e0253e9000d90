using System.Globalization;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Alarms.Messages;

/// <summary>The body of Prometheus Alertmanager's <c>POST /api/v2/alerts</c>.</summary>
public static class AlertmanagerMessage
{
    /// <summary>
    /// How long Alertmanager keeps an alarm that nobody resolved: it drops what is not told again, and we tell once.
    /// </summary>
    public static readonly TimeSpan Keep = TimeSpan.FromDays(7);

    public static JsonArray Of(AlarmMessage message) => new([.. message.Alarms.Select(a => (JsonNode)One(message, a))]);

    private static JsonObject One(AlarmMessage message, Alarm alarm)
    {
        // An alarm is known by its labels, so what tells it from others is among them and nothing that changes is.
        JsonObject labels = new()
        {
            ["alertname"] = WebhookMessage.Name(alarm.Event),
            ["severity"] = WebhookMessage.Name(alarm.Severity),
            ["rule"] = alarm.Rule,
            ["alarm"] = alarm.Id,
        };
        Put(labels, "pipeline", alarm.Pipeline);
        Put(labels, "subject", alarm.Subject);
        Put(labels, "owner", alarm.Owner);
        Put(labels, "run", alarm.Run?.ToString());
        JsonObject annotations = new() { ["summary"] = alarm.Summary };
        if (alarm.Evidence.Log is { } log)
            annotations["log"] = string.Join('\n', AlarmMessage.LogLines(log));
        JsonObject one = new()
        {
            ["labels"] = labels,
            ["annotations"] = annotations,
            ["startsAt"] = Time(alarm.At),
            ["endsAt"] = Time(alarm.State is AlarmState.Resolved over ? over.At : alarm.OpenedAt + Keep),
        };
        if (message.Link is { } link)
            one["generatorURL"] = new Uri(link, $"api/v1/alarms/{alarm.Id}").ToString();
        return one;
    }

    private static void Put(JsonObject labels, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            labels[name] = value;
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
