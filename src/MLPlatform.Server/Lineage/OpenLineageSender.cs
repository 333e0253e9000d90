using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Journal;

namespace MLPlatform.Server.Lineage;

/// <summary>
/// Sends a run's events in the order of its journal. The journal is the outbox: what was sent is written down entry by entry
/// after the receiver took it, so nothing is lost while it is down, and an entry may come twice, with the same content.
/// </summary>
internal sealed partial class OpenLineageSender(
    IRunStore runs, IOpenLineageStore store, AttemptReader attempts, CodeReader codes, IOptions<OpenLineageOptions> options, TimeProvider time, ILogger<OpenLineageSender> log) : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = options.Value.Timeout };
    private readonly RunEvents _events = new(options.Value.Namespace, options.Value.Producer);

    /// <summary>What the receiver last did instead of taking an event, since the server started; null where it took the last one.</summary>
    public (DateTimeOffset At, string What)? Problem { get; private set; }

    /// <summary>When the receiver last took an event, since the server started.</summary>
    public DateTimeOffset? TookAt { get; private set; }

    /// <summary>Sends what one run has; false where the receiver did not take it, and when to try again is written down.</summary>
    public async Task<bool> SendAsync(SendProgress progress, CancellationToken cancel)
    {
        if (await runs.FindRunAsync(progress.Run, cancel) is not { } run)
            return true;
        CodeReader.RunCode code = await codes.ReadAsync(run, cancel);
        await foreach (JournalEntry entry in runs.ReadJournalAsync(progress.Run, progress.Sequence, cancel))
        {
            foreach (RunEvent happened in EventCodec.Decode(entry.Payload))
            {
                AttemptData? facts = await attempts.ReadAsync(run, happened, cancel);
                JsonObject? told = _events.Of(run, happened, facts is null ? null : facts with { Code = code.ForActivity(facts.Activity) }, code.Pipeline);
                if (told is not null && await PostAsync(run.Id, told, cancel) is { } problem)
                {
                    await DelayAsync(progress, problem, cancel);
                    return false;
                }
            }
            progress = progress with { Sequence = entry.Sequence, Tries = 0, NextAt = null };
            await store.AdvanceAsync(progress, cancel);
        }
        // The row was read before the journal, so a run that had ended then has no entry that was missed.
        if (run.Status.IsTerminal())
            await store.AdvanceAsync(progress with { Done = true, Tries = 0, NextAt = null }, cancel);
        return true;
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Null once the receiver took it or refused it for good; else what to wait for.</summary>
    private async Task<string?> PostAsync(RunId run, JsonObject told, CancellationToken cancel)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, options.Value.Url) { Content = new StringContent(told.ToJsonString(), Encoding.UTF8, "application/json") };
        if (options.Value.ApiKey is { } key)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, cancel);
            if (response.IsSuccessStatusCode)
            {
                (Problem, TookAt) = (null, time.GetUtcNow());
                return null;
            }
            if (response.StatusCode is >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
                or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
                return $"it answered {(int)response.StatusCode}";
            LogRefused(log, run, (int)response.StatusCode, told["eventType"]?.ToString());
            return null; // It will never take this one; the others must not wait for it.
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"it did not answer within {options.Value.Timeout}";
        }
    }

    private async Task DelayAsync(SendProgress progress, string problem, CancellationToken cancel)
    {
        Problem = (time.GetUtcNow(), problem);
        int tries = progress.Tries + 1;
        TimeSpan pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.5 * Math.Pow(2, Math.Min(tries, 20))));
        LogWaits(log, progress.Run, tries, problem, pause);
        await store.AdvanceAsync(progress with { Tries = tries, NextAt = time.GetUtcNow() + pause }, cancel);
    }

    [LoggerMessage(4301, LogLevel.Warning, "LINE-010 The OpenLineage receiver did not take an event of run {Run} (try {Tries}): {Problem}. Nothing is lost; next try in {Pause}")]
    private static partial void LogWaits(ILogger logger, RunId run, int tries, string problem, TimeSpan pause);

    [LoggerMessage(4302, LogLevel.Error, "LINE-011 The OpenLineage receiver refused an event of run {Run} with {Status}; this {Type} event is not sent again")]
    private static partial void LogRefused(ILogger logger, RunId run, int status, string? type);
}
