using MLPlatform.Bees.Files;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Agents;

/// <summary>What one round gave.</summary>
/// <param name="Sent">Whether positions moved.</param>
/// <param name="Look">A file is not what it was: look around.</param>
/// <param name="Again">When there may be more without any file growing.</param>
internal readonly record struct PumpResult(bool Sent, bool Look, TimeSpan? Again);

/// <summary>Carries records from files to the sink, a batch of each channel in turn, so that no file starves the others.</summary>
internal sealed class Pump(ChannelReader reader, ISink sink, RateLimit rate, Problems problems, TimeProvider time, Func<bool> note, int mostBytes)
{
    private const int MostBatches = 256;
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(30);
    private readonly Stack<BatchWriter> _writers = new();
    private readonly List<(Source Source, PendingBatch Batch)> _pending = [];
    private int _bytes;
    private bool _sent;

    public async Task<PumpResult> RoundAsync(IReadOnlyList<Source> sources, bool hurry, CancellationToken cancel)
    {
        (_sent, _bytes) = (false, 0);
        Give();
        DateTimeOffset now = time.GetUtcNow();
        (bool look, TimeSpan? again) = (false, null);
        foreach (Source source in sources.Where(s => s.Positioned))
        {
            foreach (Channel channel in source.Channels.Where(c => c is { Registered: true, Content: not null } && !(c.RefusedUntil > now)).ToList())
            {
                if (rate.Wait() is { Ticks: > 0 } wait)
                {
                    again = Sooner(again, wait);
                    break;
                }
                look |= Take(source, channel, hurry, ref again);
                if (_bytes >= mostBytes || _pending.Count == MostBatches)
                    await FlushAsync(cancel);
            }
        }
        await FlushAsync(cancel);
        return new PumpResult(_sent, look, again);
    }

    /// <summary>Declares the end of a channel, and what of it was lost.</summary>
    public async Task EndAsync(Source source, Channel channel, BatchHeader last, CancellationToken cancel)
    {
        BatchWriter none = Writer(last.From);
        _pending.Add((source, new PendingBatch(channel, last, none, channel.Known.Anchor, false)));
        await FlushAsync(cancel);
    }

    private bool Take(Source source, Channel channel, bool hurry, ref TimeSpan? again)
    {
        BatchWriter writer = Writer(channel.Known.Position);
        ReadOutcome outcome;
        try
        {
            outcome = reader.Read(source, channel, writer, hurry);
            problems.Clear("BEES-021", channel.Known.Path);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            problems.Raise("BEES-021", channel.Known.Path, $"'{channel.Known.Path}' cannot be read: {e.Message}");
            outcome = new ReadOutcome.Nothing(null);
        }
        if (outcome is ReadOutcome.Got got)
        {
            _pending.Add((source, got.Batch));
            _bytes += writer.Bytes;
            rate.Take(got.Batch.Header.To - got.Batch.Header.From);
            return false;
        }
        _writers.Push(writer);
        if (outcome is ReadOutcome.Nothing { Again: { } then })
            again = Sooner(again, then);
        return outcome is ReadOutcome.Changed;
    }

    private async Task FlushAsync(CancellationToken cancel)
    {
        if (_pending.Exists(p => IsWeak(p.Batch)) && !note())
            Drop();
        if (_pending.Count == 0)
            return;
        IReadOnlyList<BatchAnswer> answers = await sink.SendAsync([.. _pending.Select(p => new OutgoingBatch(p.Batch.Header, p.Batch.Records))], cancel);
        if (answers.Count != _pending.Count)
            throw new InvalidOperationException($"the sink answered {answers.Count} of {_pending.Count} batches");
        for (int i = 0; i < answers.Count; i++)
            Apply(_pending[i].Source, _pending[i].Batch, answers[i]);
        Give();
        _bytes = 0;
    }

    private static bool IsWeak(PendingBatch batch) => Fingerprint.Telling(batch.Header.To) > batch.Channel.Noted;

    // They are read again when there is room for a note of them.
    private void Drop()
    {
        foreach ((_, PendingBatch batch) in _pending.Where(p => IsWeak(p.Batch)))
            _writers.Push(batch.Records);
        _pending.RemoveAll(p => IsWeak(p.Batch));
    }

    private void Apply(Source source, PendingBatch batch, BatchAnswer answer)
    {
        (Channel channel, BatchHeader header) = (batch.Channel, batch.Header);
        channel.PendingSince = null;
        channel.Scanned = null;
        if (answer.Outcome == BatchOutcome.Refused)
        {
            // Whoever registers the source, or mends what the sink says, need not come here.
            channel.RefusedUntil = time.GetUtcNow() + AfterRefusal;
            problems.Raise("BEES-012", source.Settings.Name, $"the sink refuses records of '{source.Settings.Name}': {answer.Code} {answer.Message}");
            return;
        }
        problems.Clear("BEES-012", source.Settings.Name);
        _sent = true;
        if (answer.Outcome == BatchOutcome.Stored)
            Count(source.Counts, batch);
        if (answer.Durable == header.To)
        {
            channel.Known = channel.Known with { Position = header.To, Anchor = batch.Anchor, Ended = header.Ended };
            channel.InLongLine = batch.InLongLine;
            return;
        }
        // The sink knows better, because a crash came between its answer and our note of it, or because it lost something.
        Mark anchor = channel.Known.Anchor.End <= answer.Durable ? channel.Known.Anchor : Mark.None;
        channel.Known = channel.Known with { Position = answer.Durable, Anchor = anchor };
        channel.Placed = false;
    }

    private static void Count(SourceCounts counts, PendingBatch batch)
    {
        counts.Records += batch.Records.Count;
        counts.Bytes += batch.Header.To - batch.Header.From;
        counts.CutRecords += batch.Header.CutRecords;
        counts.SkippedRecords += batch.Header.SkippedRecords;
        counts.LostBytes += batch.Header.LostBytes;
    }

    private BatchWriter Writer(long from)
    {
        BatchWriter writer = _writers.TryPop(out BatchWriter? used) ? used : new BatchWriter();
        writer.Start(from);
        return writer;
    }

    private void Give()
    {
        foreach ((_, PendingBatch batch) in _pending)
            _writers.Push(batch.Records);
        _pending.Clear();
    }

    private static TimeSpan Sooner(TimeSpan? one, TimeSpan other) => one is { } first && first < other ? first : other;
}
