using System.Net.Http.Headers;
using System.Reflection;
using System.Text.Json;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Agents;

/// <summary>Tells the server now and then that the agent lives and how far it is behind. Beside the work: a slow server does not slow it.</summary>
internal sealed class Heartbeat(AgentSettings settings, PlatformClient platform, TimeProvider time, ManagedConfig? managed = null) : IAsyncDisposable
{
    private static readonly string Version = typeof(Heartbeat).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private DateTimeOffset? _last;
    private Task _beating = Task.CompletedTask;

    /// <summary>Sends a report if it is time and the one before has been answered.</summary>
    public void Beat(BeesAgent agent, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _last < settings.Heartbeat || !_beating.IsCompleted)
            return;
        _last = now;
        _beating = SendAsync(Report(agent, now), agent.Problems, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _beating;
        platform.Dispose();
    }

    private AgentReport Report(BeesAgent agent, DateTimeOffset now) => new(
        Version, Environment.MachineName, _started, now, settings.Heartbeat.TotalSeconds, [.. agent.Sources.Select(s => Report(s, agent.Problems, now))],
        managed?.Version, managed?.Problem);

    private static AgentSourceReport Report(Source source, Problems problems, DateTimeOffset now) => new(
        source.Settings.Name,
        source.Channels.Count(c => c.Known is { Missing: Files.MissingReason.None, Ended: false }),
        source.Channels.Sum(c => c.Lag),
        source.Channels.Max(c => (now - c.BehindSince)?.TotalSeconds) ?? 0,
        source.Counts.Records, source.Counts.Bytes, source.Counts.CutRecords, source.Counts.SkippedRecords, source.Counts.LostBytes,
        Problem: problems.About(where => where == "sink" || where == source.Settings.Name || source.Folders.Any(f => where.StartsWith(f, StringComparison.Ordinal))));

    private async Task SendAsync(AgentReport report, Problems problems, CancellationToken cancel)
    {
        try
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(report, BeesJson.Default.AgentReport);
            using HttpRequestMessage request = new(HttpMethod.Put, $"api/v1/bees/agents/{settings.Agent}") { Content = new ByteArrayContent(json) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await platform.SendAsync(request, cancel);
            AgentReportAnswer answer = await platform.ReadAsync(response, BeesJson.Default.AgentReportAnswer, cancel);
            problems.Clear("BEES-014", platform.Address);
            if (Math.Abs(answer.SkewSeconds) > 60)
                problems.Raise("BEES-024", settings.Agent, $"this host's clock is {answer.SkewSeconds:0} s off the server's");
            else
                problems.Clear("BEES-024", settings.Agent);
        }
        catch (SinkException e)
        {
            problems.Raise("BEES-014", platform.Address, $"the heartbeat was not heard: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            // The agent stops.
        }
    }
}
