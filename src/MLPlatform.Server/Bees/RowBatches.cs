using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>Gathers rows into batches of a channel and hands them to the log when they are large enough.</summary>
internal sealed class RowBatches(LandingLog log, SourceDefinition source, string channel, string path, long start, long from, TimeProvider time)
{
    private const int Enough = 4 << 20;
    private readonly BatchWriter _writer = Begun(from);

    /// <summary>Where the next batch begins.</summary>
    public long From { get; private set; } = from;

    public bool IsLarge => _writer.Bytes >= Enough;

    public bool IsEmpty => _writer.Count == 0;

    /// <summary>Adds a row; line ends in it, which JSON allows between its parts only, become blanks.</summary>
    public void Add(long position, byte[] json)
    {
        json.AsSpan().Replace((byte)'\n', (byte)' ');
        json.AsSpan().Replace((byte)'\r', (byte)' ');
        _writer.Add(position, json);
    }

    /// <summary>Keeps what was gathered up to a position; durable when the task ends.</summary>
    public async Task KeepAsync(long to, CancellationToken cancel, bool ended = false, long lost = 0, string? because = null)
    {
        BatchHeader header = new()
        {
            Agent = "mlp." + source.Kind.ToString().ToLowerInvariant(),
            Source = source.Name,
            Channel = channel,
            Path = path,
            Start = start,
            From = From,
            To = to,
            ReadAt = time.GetUtcNow(),
            Ended = ended,
            LostBytes = lost,
            LostBecause = because,
        };
        BatchAnswer answer = (await log.AppendAsync([new Batch(header, _writer.RecordBytes.ToArray(), _writer.Count)], cancel))[0];
        if (answer.Outcome is BatchOutcome.Hole or BatchOutcome.Refused)
            throw new InvalidOperationException($"the log of {source.Name} is at {answer.Durable}, not at {From}");
        Begin(to);
    }

    public void Begin(long from)
    {
        From = from;
        _writer.Start(from);
    }

    private static BatchWriter Begun(long from)
    {
        BatchWriter writer = new();
        writer.Start(from);
        return writer;
    }
}
