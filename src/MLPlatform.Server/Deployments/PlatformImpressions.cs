using System.Buffers;
using System.Collections.Concurrent;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// Keeps impressions in the log of the source <c>impressions.NAME</c>: at once where this home keeps it, else by way of the
/// database, where the server of the keeper fetches them (<see cref="ForwardLoop"/>).
/// </summary>
internal sealed class PlatformImpressions(LandingLogs logs, ServingSources sources, ServingWindows windows, IForwardStore forwards, TimeProvider time) : IImpressionSink
{
    // Positions say what was fetched already. They begin anew with each start, so each start is a channel.
    private readonly string _start = Guid.CreateVersion7().ToString("N");
    private readonly ConcurrentDictionary<string, long> _forwarded = new(StringComparer.Ordinal);

    public async Task KeepAsync(GatheredImpressions gathered, CancellationToken cancel)
    {
        string source = ServingSources.ImpressionsOf(gathered.Deployment.Name);
        if (await sources.IsKeptHereAsync(gathered.Deployment.Name, cancel))
            await KeepHereAsync(source, gathered, cancel);
        else
            await ForwardAsync(source, gathered, cancel);
    }

    private async Task KeepHereAsync(string source, GatheredImpressions gathered, CancellationToken cancel)
    {
        LandingLog log = await logs.FindAsync(source, cancel) ?? throw new InvalidOperationException($"the source '{source}' was taken off the list this moment");
        if (!gathered.Counted)
        {
            gathered.Counted = await windows.WithAsync(gathered.Deployment, window =>
            {
                window.Add(gathered.Asked);
                foreach (SeenImpression seen in gathered.Seen) // What a window that was read back this moment holds already counts once.
                    window.Show(seen);
                return true;
            });
        }
        foreach (List<byte[]> part in gathered.Parts().Skip(gathered.Kept))
        {
            await log.AppendAsync(index => [GatheredImpressions.ToBatch(source, source, index.Find(source)?.Durable ?? 0, part, time.GetUtcNow())], null, cancel);
            gathered.Kept++;
        }
    }

    private async Task ForwardAsync(string source, GatheredImpressions gathered, CancellationToken cancel)
    {
        foreach (List<byte[]> part in gathered.Parts().Skip(gathered.Kept))
        {
            Batch batch = GatheredImpressions.ToBatch(source, $"{source}@{_start}", _forwarded.GetValueOrDefault(source), part, time.GetUtcNow());
            ArrayBufferWriter<byte> frame = new();
            BatchWriter.WriteTo(frame, batch.Header, batch.RecordBytes.Span, batch.Count);
            await forwards.PutAsync(source, ForwardKind.Impressions, frame.WrittenSpan.ToArray(), cancel);
            _forwarded[source] = batch.Header.To; // Only now: what was put without our knowing is known by its positions.
            gathered.Kept++;
        }
        if (!gathered.Counted && !gathered.Asked.IsEmpty)
            await forwards.PutAsync(source, ForwardKind.Counts, gathered.Asked.ToBytes(), cancel);
        gathered.Counted = true;
    }
}
