using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;

namespace MLPlatform.Server.Deployments;

/// <summary>What a deployment answered in a moment, as it is to be kept.</summary>
/// <param name="Records">The impressions as JSON lines.</param>
/// <param name="Seen">The same impressions, as figures need them.</param>
/// <param name="Asked">Counts of the requests.</param>
internal sealed record GatheredImpressions(Deployment Deployment, IReadOnlyList<byte[]> Records, IReadOnlyList<SeenImpression> Seen, AskedCounts Asked)
{
    private const int MostBytes = 8 << 20;

    /// <summary>Set once the counts are where they belong, so that a second try does not count again.</summary>
    public bool Counted { get; set; }

    /// <summary>How many of its parts are kept already.</summary>
    public int Kept { get; set; }

    /// <summary>The records in stretches that fit into a batch.</summary>
    public IEnumerable<List<byte[]>> Parts()
    {
        List<byte[]> part = [];
        int bytes = 0;
        foreach (byte[] record in Records)
        {
            part.Add(record);
            if ((bytes += record.Length) < MostBytes)
                continue;
            yield return part;
            (part, bytes) = ([], 0);
        }
        if (part.Count > 0)
            yield return part;
    }

    /// <summary>A stretch as the batch of a channel that counts impressions.</summary>
    public static Batch ToBatch(string source, string channel, long from, IReadOnlyList<byte[]> records, DateTimeOffset now)
    {
        BatchWriter writer = new();
        writer.Start(from);
        for (int i = 0; i < records.Count; i++)
            writer.Add(from + i, records[i]);
        BatchHeader header = new() { Agent = "serving", Source = source, Channel = channel, From = from, To = from + records.Count, ReadAt = now };
        return new Batch(header, writer.RecordBytes.ToArray(), writer.Count);
    }
}

/// <summary>Where impressions are kept.</summary>
internal interface IImpressionSink
{
    /// <summary>Keeps them; durable when the task ends. After an exception it is asked again with the same.</summary>
    Task KeepAsync(GatheredImpressions gathered, CancellationToken cancel);
}
