using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Alarms.Messages;

/// <summary>A custom robot of DingTalk.</summary>
public static class DingTalkMessage
{
    private const int MostBytes = 19_000; // Of 20,000 that it takes.

    public static JsonObject Of(AlarmMessage message) => new()
    {
        ["msgtype"] = "markdown",
        ["markdown"] = new JsonObject
        {
            ["title"] = ChatText.Cut(ChatText.Tame(message.Title), 200),
            ["text"] = $"### {ChatText.Cut(ChatText.Tame(message.Title), 500)}\n\n{ChatText.Markdown(message, MostBytes - 600)}",
        },
    };

    /// <summary>What is added to the robot's address: the time and its HMAC-SHA256 under the robot's secret.</summary>
    public static string Query(string secret, DateTimeOffset now)
    {
        string timestamp = now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        byte[] sign = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}\n{secret}"));
        return $"timestamp={timestamp}&sign={Uri.EscapeDataString(Convert.ToBase64String(sign))}";
    }
}

/// <summary>A custom bot of Feishu or Lark.</summary>
public static class FeishuMessage
{
    private const int MostBytes = 18_000; // Of 20,000 that it takes.

    /// <param name="secret">The bot's secret, or null where it checks no signatures.</param>
    public static JsonObject Of(AlarmMessage message, string? secret, DateTimeOffset now)
    {
        JsonObject body = [];
        if (secret is not null)
        {
            string timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            body["timestamp"] = timestamp;
            // The text that is signed is the key here, and nothing is what it signs.
            body["sign"] = Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes($"{timestamp}\n{secret}"), Array.Empty<byte>()));
        }
        body["msg_type"] = "interactive";
        body["card"] = new JsonObject
        {
            ["header"] = new JsonObject
            {
                ["title"] = new JsonObject { ["tag"] = "plain_text", ["content"] = ChatText.Cut(message.Title.ReplaceLineEndings(" "), 500) },
                ["template"] = message.Kind == DeliveryKind.Resolved ? "green" : message.Severity switch
                {
                    AlarmSeverity.Critical => "red",
                    AlarmSeverity.Warning => "orange",
                    _ => "blue",
                },
            },
            ["elements"] = new JsonArray(new JsonObject
            {
                ["tag"] = "div",
                ["text"] = new JsonObject { ["tag"] = "lark_md", ["content"] = ChatText.Markdown(message, MostBytes) },
            }),
        };
        return body;
    }
}

/// <summary>A group robot of WeCom.</summary>
public static class WeComMessage
{
    private const int MostBytes = 4096;

    public static JsonObject Of(AlarmMessage message)
    {
        string title = ChatText.Cut(ChatText.Tame(message.Title), 500);
        return new()
        {
            ["msgtype"] = "markdown",
            ["markdown"] = new JsonObject { ["content"] = $"### {title}\n\n{ChatText.Markdown(message, MostBytes - 510)}" },
        };
    }
}

/// <summary>An incoming webhook of Slack.</summary>
public static class SlackMessage
{
    private const int MostOfSection = 2900; // Of 3,000 characters.
    private const int MostSections = 20;

    public static JsonObject Of(AlarmMessage message)
    {
        string title = ChatText.Cut(message.Title.ReplaceLineEndings(" "), 150);
        JsonArray blocks = [new JsonObject { ["type"] = "header", ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = title } }];
        foreach (Alarm alarm in message.Alarms.Take(MostSections))
            blocks.Add((JsonNode)new JsonObject { ["type"] = "section", ["text"] = new JsonObject { ["type"] = "mrkdwn", ["text"] = Section(message, alarm) } });
        return new() { ["text"] = Escape(title), ["blocks"] = blocks };
    }

    private static string Section(AlarmMessage message, Alarm alarm)
    {
        StringBuilder text = new();
        text.Append('*').Append(Escape(alarm.Summary).Replace('*', '∗')).Append("*\n");
        foreach ((string name, string value) in message.Facts(alarm))
            text.Append(name).Append(": ").Append(Escape(value)).Append('\n');
        string log = message.Kind != DeliveryKind.Resolved && alarm.Evidence.Log is { } excerpt
            ? Escape(string.Join('\n', AlarmMessage.LogLines(excerpt))).Replace('`', '\'') : "";
        string facts = ChatText.Cut(text.ToString(), MostOfSection / 2);
        return log.Length == 0 ? facts.TrimEnd('\n') : $"{facts}```\n{ChatText.Cut(log, MostOfSection - facts.Length - 10)}\n```";
    }

    // The three characters that Slack reads as control.
    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
