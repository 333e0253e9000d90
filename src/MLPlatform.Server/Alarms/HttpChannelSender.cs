using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Alarms.Messages;

namespace MLPlatform.Server.Alarms;

/// <summary>Posts messages as JSON, each service's in its own form, and reads from the answer whether it was taken.</summary>
internal sealed class HttpChannelSender(IOptions<AlarmDeliveryOptions> options, TimeProvider time) : IChannelSender, IDisposable
{
    private const int MostOfAnswer = 4096;

    // A redirect would carry the message, and perhaps a token, to where nobody said.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = options.Value.Timeout,
        MaxResponseContentBufferSize = 1 << 20,
    };

    public bool Serves(ChannelType type) => type is not (ChannelType.None or ChannelType.Email);

    public async Task<SendResult> SendAsync(ChannelSettings channel, AlarmMessage message, CancellationToken cancel)
    {
        using HttpRequestMessage request = Request(channel, message);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancel);
            string answer = await response.Content.ReadAsStringAsync(cancel);
            return Judge(channel.Type, response.StatusCode, answer.Length > MostOfAnswer ? answer[..MostOfAnswer] : answer);
        }
        catch (HttpRequestException e)
        {
            // The message of the exception may name the host; what comes after it in the address is not in it.
            return new SendResult.Again($"ALARM-012: the channel cannot be reached: {e.HttpRequestError}{(e.InnerException is { } inner ? $" ({inner.GetType().Name})" : "")}", Unreachable: true);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new SendResult.Again($"ALARM-012: the channel did not answer within {options.Value.Timeout.TotalSeconds:0.#} s", Unreachable: true);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(ChannelSettings channel, AlarmMessage message)
    {
        DateTimeOffset now = time.GetUtcNow();
        JsonNode body = channel.Type switch
        {
            ChannelType.Alertmanager => AlertmanagerMessage.Of(message),
            ChannelType.DingTalk => DingTalkMessage.Of(message),
            ChannelType.Feishu => FeishuMessage.Of(message, channel.Secret, now),
            ChannelType.WeCom => WeComMessage.Of(message),
            ChannelType.Slack => SlackMessage.Of(message),
            _ => WebhookMessage.Of(message),
        };
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(body);
        HttpRequestMessage request = new(HttpMethod.Post, Address(channel, now)) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" };
        if (channel.Type is ChannelType.Webhook or ChannelType.Alertmanager && channel.Token is { Length: > 0 } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (channel is { Type: ChannelType.Webhook, Secret: { Length: > 0 } secret })
            request.Headers.Add(WebhookMessage.SignatureHeader, WebhookMessage.Sign(bytes, secret));
        return request;
    }

    private static Uri Address(ChannelSettings channel, DateTimeOffset now)
    {
        string url = channel.Url!;
        return channel switch
        {
            { Type: ChannelType.Alertmanager } => new Uri(url.TrimEnd('/') + (url.TrimEnd('/').EndsWith("/api/v2/alerts", StringComparison.Ordinal) ? "" : "/api/v2/alerts")),
            { Type: ChannelType.DingTalk, Secret: { Length: > 0 } secret } => new Uri($"{url}{(url.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{DingTalkMessage.Query(secret, now)}"),
            _ => new Uri(url),
        };
    }

    private static SendResult Judge(ChannelType type, HttpStatusCode status, string answer)
    {
        if ((int)status is < 200 or >= 300)
            return status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableContent
                ? new SendResult.Never($"ALARM-011: the channel refused the message with {(int)status}: {Short(answer)}")
                : new SendResult.Again($"ALARM-011: the channel answered {(int)status}{(answer.Length > 0 ? ": " + Short(answer) : "")}", Unreachable: (int)status >= 500);
        // These answer 200 to everything, and say in the body whether they took it.
        string? field = type switch { ChannelType.DingTalk or ChannelType.WeCom => "errcode", ChannelType.Feishu => "code", _ => null };
        if (field is null)
            return new SendResult.Sent();
        try
        {
            using JsonDocument said = JsonDocument.Parse(answer);
            if (said.RootElement.ValueKind == JsonValueKind.Object && said.RootElement.TryGetProperty(field, out JsonElement code) && code.TryGetInt64(out long number))
                return number == 0 ? new SendResult.Sent() : new SendResult.Again($"ALARM-011: the channel answered {field} {number}: {Short(answer)}", Unreachable: false);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Said below: whatever answered is not the service.
        }
        return new SendResult.Again($"ALARM-011: the answer is none of {type}: {Short(answer)}", Unreachable: false);
    }

    private static string Short(string answer) => answer.ReplaceLineEndings(" ") is var line && line.Length > 200 ? line[..200] + "…" : line;
}
