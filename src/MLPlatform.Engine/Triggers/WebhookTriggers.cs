using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Triggers;

/// <summary>A call of a webhook.</summary>
/// <param name="Trigger"><c>{pipeline}/{name or index}</c>.</param>
/// <param name="Body">JSON; empty stands for <c>{}</c>.</param>
/// <param name="IdempotencyKey">Calls with the same key start one run; null: each call starts one.</param>
/// <param name="Signature"><c>sha256=</c> and the HMAC-SHA256 of the body in hexadecimal, as the header X-Hub-Signature-256 carries it.</param>
public sealed record WebhookCall(string Trigger, ReadOnlyMemory<byte> Body, string? IdempotencyKey = null, string? Signature = null);

/// <summary>What became of a call.</summary>
public abstract record WebhookResult
{
    private WebhookResult() { }

    /// <summary>The run will start; its claim is durable.</summary>
    /// <param name="Again">A call with this key was accepted before, and this is its run.</param>
    public sealed record Accepted(RunId Run, bool Again) : WebhookResult;

    /// <summary>It was understood, and is none that starts a run.</summary>
    public sealed record Nothing(string Why) : WebhookResult;

    /// <summary>There is no such webhook.</summary>
    public sealed record NotFound(string Code, string Message) : WebhookResult;

    /// <summary>The signature is missing or wrong.</summary>
    public sealed record Unauthorized(string Code, string Message) : WebhookResult;

    /// <summary>The body cannot be read.</summary>
    public sealed record Unreadable(string Code, string Message) : WebhookResult;

    /// <summary>The call or the platform's settings are wrong.</summary>
    public sealed record Refused(string Code, string Message) : WebhookResult;
}

/// <summary>Takes webhook calls in: an accepted call is durable before it is answered.</summary>
public sealed partial class WebhookTriggers
{
    private const int LongestKey = 200;
    private readonly PipelineShelf _shelf;
    private readonly ITriggerStore _triggers;
    private readonly TriggerSecrets _secrets;
    private readonly TriggerReplica _replica;
    private readonly TriggerSignal _signal;
    private readonly TriggerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookTriggers> _log;

    internal WebhookTriggers(
        PipelineShelf shelf, ITriggerStore triggers, TriggerSecrets secrets, TriggerReplica replica, TriggerSignal signal,
        TriggerOptions options, TimeProvider time, ILogger<WebhookTriggers> log) =>
        (_shelf, _triggers, _secrets, _replica, _signal, _options, _time, _log) = (shelf, triggers, secrets, replica, signal, options, time, log);

    /// <summary>Whether a trigger checks signatures itself; one that does not needs an editor's token. Null: there is no such webhook.</summary>
    public async Task<bool?> IsSignedAsync(string trigger, CancellationToken cancel) =>
        (await FindAsync(trigger, cancel).ConfigureAwait(false)).Trigger is { } webhook ? webhook.SecretRef is not null : null;

    public async Task<WebhookResult> FireAsync(WebhookCall call, CancellationToken cancel)
    {
        // 1. Who calls? Nothing is said about the pipeline before that is known.
        (ShelvedPipeline? pipeline, WebhookTrigger? trigger) = await FindAsync(call.Trigger, cancel).ConfigureAwait(false);
        if (pipeline is null || trigger is null)
            return new WebhookResult.NotFound("TRIG-030", $"there is no webhook '{call.Trigger}'");
        if (call.Body.Length > _options.MaxWebhookBytes)
            return new WebhookResult.Refused("TRIG-033", $"the body is larger than {_options.MaxWebhookBytes} bytes");
        if (trigger.SecretRef is { } name && Check(call, name) is { } wrong)
            return wrong;

        // 2. What is said?
        if (pipeline.Revision.Paused)
            return new WebhookResult.Refused("TRIG-034", "the pipeline's triggers are paused");
        if (call.IdempotencyKey is { Length: 0 or > LongestKey })
            return new WebhookResult.Refused("TRIG-033", $"an idempotency key has 1 to {LongestKey} characters");
        if (Parse(call.Body) is not { } body)
            return new WebhookResult.Unreadable("TRIG-033", "the body is not JSON");
        if (!SoundText.In(body))
            return new WebhookResult.Unreadable("TRIG-033", "the body holds one half of a surrogate pair (such as \\ud800), which is no text");

        AlertmanagerCall? alerts = AlertmanagerCall.Read(body);
        if (alerts is { Firing: false })
            return new WebhookResult.Nothing("Alertmanager tells that it is over");

        // 3. Claim; the loop starts it.
        DateTimeOffset now = _time.GetUtcNow();
        string key = call.IdempotencyKey ?? alerts?.Key ?? Guid.CreateVersion7(now).ToString();
        TriggerClaim claim = new(call.Trigger, key, new RunId(Guid.CreateVersion7(now)), now)
        {
            LogicalDate = now,
            Owner = _replica.Name(),
            FactsJson = TriggerFacts.Webhook(call.Trigger, trigger, key, body),
        };
        if (await _triggers.ClaimAsync(claim, cancel).ConfigureAwait(false))
        {
            LogClaimed(_log, call.Trigger, key);
            _signal.Set();
            return new WebhookResult.Accepted(claim.Run, Again: false);
        }
        TriggerClaim? earlier = await _triggers.FindAsync(call.Trigger, key, cancel).ConfigureAwait(false);
        return new WebhookResult.Accepted(earlier!.Run, Again: true);
    }

    private async Task<(ShelvedPipeline? Pipeline, WebhookTrigger? Trigger)> FindAsync(string key, CancellationToken cancel)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        ShelvedPipeline? pipeline = slash > 0 ? await _shelf.FindAsync(key[..slash], cancel).ConfigureAwait(false) : null;
        return (pipeline, pipeline?.Find(key) as WebhookTrigger);
    }

    private WebhookResult? Check(WebhookCall call, string name)
    {
        if (_secrets.Find(name) is not { } secret)
            return new WebhookResult.Refused("TRIG-032", $"the secret '{name}' is not set: set Secrets__{name} in the server's environment");
        const string prefix = "sha256=";
        byte[] expected = HMACSHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret), call.Body.Span);
        Span<byte> given = stackalloc byte[expected.Length];
        bool signed = call.Signature is { } text && text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            && Convert.FromHexString(text.AsSpan(prefix.Length), given, out int consumed, out int written) == System.Buffers.OperationStatus.Done
            && written == expected.Length && consumed == text.Length - prefix.Length;
        return signed && CryptographicOperations.FixedTimeEquals(expected, given)
            ? null
            : new WebhookResult.Unauthorized("TRIG-031", "the signature is missing or wrong: send X-Hub-Signature-256: sha256=HMAC of the body");
    }

    private static JsonElement? Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return JsonElement.Parse("{}");
        try
        {
            return JsonElement.Parse(body.Span);
        }
        catch (JsonException)
        {
            return null; // told to the caller as TRIG-033
        }
    }

    [LoggerMessage(3051, LogLevel.Information, "Webhook {Trigger} was called with key {Key}")]
    private static partial void LogClaimed(ILogger logger, string trigger, string key);
}
