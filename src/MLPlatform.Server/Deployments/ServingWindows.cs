using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.Storage.Bees;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>The rolling figures of all deployments. After a start they are made again from the logs of impressions and feedback.</summary>
internal sealed class ServingWindows(LandingLogs logs, IOptions<ServingOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<ServingWindow>>> _windows = new(StringComparer.Ordinal);

    /// <summary>A deployment's window, locked while it is used.</summary>
    public async ValueTask<T> WithAsync<T>(Deployment deployment, Func<ServingWindow, T> use)
    {
        Lazy<Task<ServingWindow>> loading = _windows.GetOrAdd(deployment.Name, _ => new(() => Task.Run(() => LoadAsync(deployment))));
        ServingWindow window;
        try
        {
            window = await loading.Value;
        }
        catch
        {
            _windows.TryRemove(new(deployment.Name, loading));
            throw;
        }
        lock (window)
            return use(window);
    }

    /// <summary>The figures of the versions, since the later of two instants.</summary>
    public ValueTask<IReadOnlyList<VersionFigures>> FiguresAsync(Deployment deployment, DateTimeOffset since) => WithAsync(deployment, w => w.Figures(since));

    private async Task<ServingWindow> LoadAsync(Deployment deployment)
    {
        return await ReadAsync(deployment, options.Value.FeedbackWindow, options.Value.FeedbackCapacity);
    }

    /// <summary>What came in over a longer time than is kept in memory, read from the logs anew.</summary>
    /// <param name="arrived">How far back, by the time of arrival.</param>
    public async Task<FeedbackSeries> ReadSeriesAsync(Deployment deployment, TimeSpan arrived) =>
        (await ReadAsync(deployment, arrived, int.MaxValue)).Series();

    private async Task<ServingWindow> ReadAsync(Deployment deployment, TimeSpan keep, int capacity)
    {
        ServingWindow window = new(keep, capacity);
        DateTimeOffset since = time.GetUtcNow() - keep;
        foreach (SeenImpression impression in Recent(await FindLogAsync(ServingSources.ImpressionsOf(deployment.Name)), since, ReadImpression))
            window.Show(impression);
        string positive = deployment.Spec.Settings.Positive;
        foreach ((UInt128 key, UInt128 request, bool praises, DateTimeOffset at) in Recent(await FindLogAsync(ServingSources.FeedbackOf(deployment.Name)), since, record => ReadFeedback(record, positive)))
        {
            window.Event(at);
            if (praises)
                window.Praise(key, request);
        }
        return window;
    }

    private async Task<LandingLog?> FindLogAsync(string source) => await logs.FindAsync(source, CancellationToken.None);

    // Whole segments from the youngest back to the first that is too old; then in order.
    private List<T> Recent<T>(LandingLog? log, DateTimeOffset since, Func<JsonElement, T?> read)
        where T : struct
    {
        List<List<T>> found = [];
        int count = 0;
        foreach (IReadOnlyList<Batch> batches in log?.ReadBack(_ => true) ?? [])
        {
            List<T> segment = [];
            foreach (Batch batch in batches.Where(b => (b.Header.ArrivedAt ?? b.Header.ReadAt) >= since))
            {
                foreach (BatchRecord record in batch.Records)
                {
                    if (TryParse(record.Bytes) is { } json && read(json) is { } value)
                        segment.Add(value);
                }
            }
            found.Add(segment);
            count += segment.Count;
            if (count >= options.Value.FeedbackCapacity || (batches.Count > 0 && (batches[0].Header.ArrivedAt ?? batches[0].Header.ReadAt) < since))
                break;
        }
        found.Reverse();
        return [.. found.SelectMany(s => s)];
    }

    private static JsonElement? TryParse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return JsonElement.Parse(bytes);
        }
        catch (JsonException)
        {
            return null; // Somebody else's record in the source: it is no impression.
        }
    }

    /// <summary>Counts impressions that came in by way of others than this server's own scoring. Those that are known count once.</summary>
    public ValueTask<bool> ShowAsync(Deployment deployment, IEnumerable<Batch> batches)
    {
        List<SeenImpression> seen = [];
        foreach (Batch batch in batches)
        {
            foreach (BatchRecord record in batch.Records)
            {
                if (TryParse(record.Bytes) is { } json && ReadImpression(json) is { } impression)
                    seen.Add(impression);
            }
        }
        return WithAsync(deployment, window =>
        {
            seen.ForEach(window.Show);
            return true;
        });
    }

    private static SeenImpression? ReadImpression(JsonElement json) =>
        json.ValueKind == JsonValueKind.Object && Text(json, "requestId") is { } id && Text(json, "item") is { } item
        && json.TryGetProperty("version", out JsonElement version) && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out int number)
        && json.TryGetProperty("score", out JsonElement score) && score.ValueKind == JsonValueKind.Number
        && json.TryGetProperty("at", out JsonElement at) && at.ValueKind == JsonValueKind.String && at.TryGetDateTimeOffset(out DateTimeOffset instant)
            ? new SeenImpression(JoinKey.Of(id, item), number, score.GetSingle(), instant, Text(json, "role") == "shadow", ReadPlace(json, id)) : null;

    private static FoundPlace? ReadPlace(JsonElement json, string requestId) =>
        json.TryGetProperty("rank", out JsonElement rank) && rank.ValueKind == JsonValueKind.Number && rank.TryGetInt32(out int place) && place > 0
            ? new FoundPlace(JoinKey.OfRequest(requestId), place) : null;

    private static (UInt128 Key, UInt128 Request, bool Praises, DateTimeOffset At)? ReadFeedback(JsonElement json, string positive) =>
        json.ValueKind == JsonValueKind.Object && Text(json, "ce_type") is { } type && Text(json, "requestId") is { } id
        && json.TryGetProperty("ce_time", out JsonElement time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out DateTimeOffset at)
            ? (JoinKey.Of(id, Text(json, "item") ?? "0"), JoinKey.OfRequest(id), type == positive, at) : null;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && JsonText.TryRead(value, out string? text) ? text : null;
}
