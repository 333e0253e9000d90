using System.Buffers;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Deployments;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>Takes requests of batches: checks all of a request before any of it is kept, keeps it, and answers for each batch.</summary>
internal sealed class Collector(LandingLogs logs, ArrivedImpressions impressions, TimeProvider time)
{
    /// <summary>The batches of a body, or what is wrong with it.</summary>
    public static (List<Batch> Batches, string? Code, string? Problem) Read(ReadOnlyMemory<byte> body)
    {
        List<Batch> batches = [];
        for (int at = 0; at < body.Length;)
        {
            string where = $"Batch {batches.Count}, at byte {at} of the body,";
            switch (BatchReading.Read(body[at..]))
            {
                case BatchReading.Whole whole:
                    batches.Add(whole.Batch);
                    at += whole.Length;
                    break;
                case BatchReading.Torn torn:
                    return ([], "BEES-050", $"{where} is cut short: {body.Length - at} bytes are there of {torn.Need} or more. Nothing of the request was kept; send it again.");
                case BatchReading.Corrupt corrupt:
                    return ([], "BEES-051", $"{where} is not what was sent: {corrupt.Why}. Nothing of the request was kept; send it again.");
                case BatchReading.Invalid invalid:
                    return ([], "BEES-052", $"{where} cannot be: {invalid.Why}. Nothing of the request was kept.");
            }
        }
        return (batches, null, null);
    }

    /// <summary>Keeps batches, those of different sources side by side; the answers are in the order of the batches.</summary>
    public async Task<CollectorAnswer> KeepAsync(List<Batch> batches, CancellationToken cancel)
    {
        var answers = new BatchAnswer[batches.Count];
        await Task.WhenAll(Enumerable.Range(0, batches.Count).GroupBy(i => batches[i].Header.Source, StringComparer.Ordinal).Select(async group =>
        {
            int[] at = [.. group];
            if (await logs.FindAsync(group.Key, cancel) is not { } log)
            {
                foreach (int i in at)
                    answers[i] = new BatchAnswer(group.Key, batches[i].Header.Channel, BatchOutcome.Refused, 0, "BEES-053", NoSource(group.Key));
                return;
            }
            IReadOnlyList<BatchAnswer> kept = await log.AppendAsync([.. at.Select(i => batches[i])], cancel);
            for (int i = 0; i < at.Length; i++)
                answers[at[i]] = kept[i];
            await impressions.CountAsync(group.Key, [.. at.Where((_, i) => kept[i].Outcome is BatchOutcome.Stored or BatchOutcome.Duplicate).Select(i => batches[i])]);
        }));
        return new CollectorAnswer(time.GetUtcNow(), answers);
    }

    /// <summary>Keeps lines of text as one channel's next records, or from a position on.</summary>
    public async Task<BatchAnswer> KeepLinesAsync(LandingLog log, string sender, string channel, long? from, ReadOnlyMemory<byte> body, CancellationToken cancel) =>
        (await log.AppendAsync(index => [Lines(log.Source, sender, channel, from ?? index.Find(channel)?.Durable ?? 0, body)], null, cancel))[0];

    public static string NoSource(string name) => $"There is no registered source '{name}'. 'mlp bees sources' shows those there are; 'mlp bees apply FILE' adds one.";

    private Batch Lines(string source, string sender, string channel, long from, ReadOnlyMemory<byte> body)
    {
        BatchWriter writer = new();
        writer.Start(from);
        ReadOnlySpan<byte> rest = body.Span;
        for (long position = from; rest.Length > 0;)
        {
            int end = rest.IndexOf((byte)'\n');
            int length = end < 0 ? rest.Length : end;
            writer.Add(position, rest[..length]);
            int used = end < 0 ? length : length + 1;
            position += used;
            rest = rest[used..];
        }
        BatchHeader header = new() { Agent = sender, Source = source, Channel = channel, From = from, To = from + body.Length, ReadAt = time.GetUtcNow() };
        return new Batch(header, writer.RecordBytes.ToArray(), writer.Count);
    }
}
