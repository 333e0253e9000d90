using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>What became of a request of events.</summary>
/// <param name="Accepted">Kept now.</param>
/// <param name="Duplicates">Kept before, or twice in the request.</param>
public sealed record EventsAnswer(int Accepted, int Duplicates);

/// <summary>
/// Keeps events, each once. Events have ids and no positions, so the last ids of a source are remembered; they are part of the
/// kept records, and a start finds them there.
/// </summary>
internal sealed class EventLogs(LandingLogs logs, IOptions<BeesOptions> options, TimeProvider time)
{
    /// <summary>The channel that events make up.</summary>
    public const string Channel = "events";

    private readonly ConcurrentDictionary<LandingLog, Task<EventWindow>> _windows = new();

    /// <summary>Keeps events; null where there is no such source.</summary>
    public async Task<EventsAnswer?> KeepAsync(string source, string sender, IReadOnlyList<CloudEvent> events, CancellationToken cancel)
    {
        if (await logs.FindAsync(source, cancel) is not { } log)
            return null;
        Task<EventWindow> loading = _windows.GetOrAdd(log, l => LoadAsync(l));
        EventWindow window;
        try
        {
            window = await loading.WaitAsync(cancel);
        }
        catch when (loading.IsFaulted)
        {
            _windows.TryRemove(new(log, loading));
            throw;
        }
        // The log's only writer makes the batch, so the window has one user at a time.
        List<UInt128> added = [];
        int duplicates = 0;
        await log.AppendAsync(index => Make(log.Source, sender, index.Find(Channel)?.Durable ?? 0, events, window, added, out duplicates), () => window.Remove(added), cancel);
        return new EventsAnswer(added.Count, duplicates);
    }

    private Batch[] Make(string source, string sender, long from, IReadOnlyList<CloudEvent> events, EventWindow window, List<UInt128> added, out int duplicates)
    {
        window.Trim();
        BatchWriter writer = new();
        writer.Start(from);
        long position = from;
        foreach (CloudEvent one in events)
        {
            if (!window.Add(one.Id))
                continue;
            added.Add(one.Id);
            writer.Add(position++, one.Record);
        }
        duplicates = events.Count - added.Count;
        if (added.Count == 0)
            return [];
        BatchHeader header = new() { Agent = sender, Source = source, Channel = Channel, From = from, To = position, ReadAt = time.GetUtcNow() };
        return [new Batch(header, writer.RecordBytes.ToArray(), writer.Count)];
    }

    private async Task<EventWindow> LoadAsync(LandingLog log)
    {
        EventWindow window = new(options.Value.EventWindow);
        if ((await log.ChannelsAsync(c => c.Channel == Channel, CancellationToken.None)).Count > 0)
            await Task.Run(() => Load(log, window));
        return window;
    }

    private void Load(LandingLog log, EventWindow window)
    {
        // From the youngest segment back, until there are enough; then in order, so that the oldest are forgotten first.
        List<List<UInt128>> found = [];
        int count = 0;
        foreach (List<UInt128> ids in log.ReadBack(batch => batch.Header.Channel == Channel).Select(IdsOf))
        {
            found.Add(ids);
            if ((count += ids.Count) >= options.Value.EventWindow)
                break;
        }
        found.Reverse();
        foreach (UInt128 id in found.SelectMany(ids => ids))
            window.Add(id);
    }

    private static List<UInt128> IdsOf(IReadOnlyList<Batch> batches)
    {
        List<UInt128> ids = [];
        foreach (Batch batch in batches)
        {
            foreach (BatchRecord record in batch.Records)
            {
                if (CloudEvent.IdOf(record.Bytes) is { } id)
                    ids.Add(id);
            }
        }
        return ids;
    }
}
