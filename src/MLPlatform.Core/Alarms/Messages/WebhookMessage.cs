using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Alarms.Messages;

/// <summary>Our own JSON: everything that is known of the alarms.</summary>
public static class WebhookMessage
{
    /// <summary>The header that carries the signature.</summary>
    public const string SignatureHeader = "X-MLPlatform-Signature-256";

    public static JsonObject Of(AlarmMessage message) => new()
    {
        ["version"] = 1,
        ["kind"] = Name(message.Kind),
        ["title"] = message.Title,
        ["severity"] = Name(message.Severity),
        ["alarms"] = new JsonArray([.. message.Alarms.Select(a => (JsonNode)One(message, a))]),
    };

    /// <summary><c>sha256=</c> and the HMAC-SHA256 of the body in hexadecimal, as the platform's own webhook triggers ask for it.</summary>
    public static string Sign(ReadOnlySpan<byte> body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));

    private static JsonObject One(AlarmMessage message, Alarm alarm)
    {
        JsonObject one = new()
        {
            ["id"] = alarm.Id,
            ["rule"] = alarm.Rule,
            ["event"] = Name(alarm.Event),
            ["severity"] = Name(alarm.Severity),
            ["status"] = Name(alarm.State.Status),
            ["summary"] = alarm.Summary,
            ["at"] = alarm.At,
            ["openedAt"] = alarm.OpenedAt,
        };
        Put(one, "pipeline", alarm.Pipeline.Length > 0 ? alarm.Pipeline : null);
        Put(one, "subject", alarm.Subject);
        Put(one, "owner", alarm.Owner);
        Put(one, "run", alarm.Run?.ToString());
        Put(one, "link", message.Link is { } link ? new Uri(link, $"api/v1/alarms/{alarm.Id}").ToString() : null);
        if (alarm.State is AlarmState.Resolved over)
        {
            one["resolvedAt"] = over.At;
            one["because"] = over.Because;
        }
        if (alarm.Evidence.Log is { } log)
            one["log"] = JsonSerializer.SerializeToNode(log, ActivityJson.Options);
        if (alarm.Evidence.Metrics.Count > 0)
            one["metrics"] = JsonSerializer.SerializeToNode(alarm.Evidence.Metrics, ActivityJson.Options);
        return one;
    }

    private static void Put(JsonObject one, string name, string? value)
    {
        if (value is not null)
            one[name] = value;
    }

    internal static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
