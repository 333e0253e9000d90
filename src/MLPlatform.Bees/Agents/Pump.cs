using MLPlatform.Bees.Files;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Agents;

/// <summary>What one round gave.</summary>
/// <param name="Sent">Whether positions moved.</param>
/// <param name="Look">A file is not what it was: look around.</param>
/// <param name="Again">When there may be more without any file growing.</param>
internal readonly record struct PumpResult(bool Sent, bool Look, TimeSpan? Again);

/// <summary>
/// Carries records from files to the sink, a batch of each channel in turn, so that no file starves the others. While batches are on
/// their way, the next are read and made ready; they are sent when those have been answered, and a round ends with nothing on its way.
/// </summary>
internal sealed class Pump(ChannelReader reader, ISink sink, RateLimit rate, Problems problems, TimeProvider time, Func<bool> note, int mostBytes)
{
    private const int MostBatches = 256;
    private const int MostTurns = 32; // Then somebody looks around again.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(30);
    private readonly Stack<BatchWriter> _writers = new();
    private List<(Source Source, PendingBatch Batch)> _pending = [];
    private List<(Source Source, PendingBatch Batch)> _sent = [];
    private Task<IReadOnlyList<BatchAnswer>>? _answers;
    private int _bytes;
    private bool _moved;

    public async Task<PumpResult> RoundAsync(IReadOnlyList<Source> sources, bool hurry, CancellationToken cancel)
    {
        _moved = false;
        (bool look, TimeSpan? again) = (false, null);
        try
        {
            for (int turn = 0; turn < MostTurns; turn++)
            {
                (bool full, look, again) = await TurnAsync(sources, hurry, cancel);
                if (!full || look)
                    break;
            }
            await AnsweredAsync();
        }
        finally
        {
            await GiveUpAsync();
        }
        return new PumpResult(_moved, look, again);
    }

    /// <summary>Declares the end of a channel, and what of it was lost.</summary>
    public async Task EndAsync(Source source, Channel channel, BatchHeader last, CancellationToken cancel)
    {
        BatchWriter none = Writer(last.From);
        _pending.Add((source, new PendingBatch(channel, last, none, channel.Known.Anchor, false)));
        try
        {
            await FlushAsync(cancel);
            await AnsweredAsync();
        }
        finally
        {
            await GiveUpAsync();
        }
    }

    // Full: there was so much that there is probably more.
    private async Task<(bool Full, bool Look, TimeSpan? Again)> TurnAsync(IReadOnlyList<Source> sources, bool hurry, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        (bool full, bool limited, bool look, TimeSpan? again) = (false, false, false, null);
        foreach (Source source in sources.Where(s => s.Positioned))
        {
            foreach (Channel channel in source.Channels.Where(c => c is { Registered: true, Content: not null } && !(c.RefusedUntil > now)).ToList())
            {
                if (rate.Wait() is { Ticks: > 0 } wait)
                {
                    (limited, again) = (true, Sooner(again, wait));
                    break;
                }
                look |= Take(source, channel, hurry, ref again);
                if (_bytes < mostBytes / 2 && _pending.Count < MostBatches)
                    continue;
                full = true;
                await FlushAsync(cancel);
            }
        }
        await FlushAsync(cancel);
        return (full && !limited, look, again);
    }

    private bool Take(Source source, Channel channel, bool hurry, ref TimeSpan? again)
    {
        BatchWriter writer = Writer(channel.At);
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
            channel.ReadAhead(got.Batch);
            _bytes += writer.Bytes;
            rate.Take(got.Batch.Header.To - got.Batch.Header.From);
            return false;
        }
        _writers.Push(writer);
        if (outcome is ReadOutcome.Nothing { Again: { } then })
            again = Sooner(again, then);
        return outcome is ReadOutcome.Changed;
    }

    // 1. Make ready what was read. 2. Hear of what is on its way. 3. Send.
    private async Task FlushAsync(CancellationToken cancel)
    {
        _bytes = 0;
        if (_pending.Exists(p => IsWeak(p.Batch)) && !note())
            Drop(IsWeak);
        if (_pending.Count == 0)
            return;
        Sending send = Prepare();
        if (_answers is not null)
        {
            await AnsweredAsync();
            // Where the sink did not take a batch, the one behind it is read again.
            if (Drop(b => b.Header.From != b.Channel.Known.Position))
            {
                if (_pending.Count == 0)
                    return;
                send = Prepare();
            }
        }
        (_sent, _pending) = (_pending, _sent);
        _answers = send(cancel);
    }

    private Sending Prepare() => sink.Prepare([.. _pending.Select(p => new OutgoingBatch(p.Batch.Header, p.Batch.Records))]);

    private async Task AnsweredAsync()
    {
        if (_answers is not { } on)
            return;
        IReadOnlyList<BatchAnswer> answers = await on;
        _answers = null;
        if (answers.Count != _sent.Count)
            throw new InvalidOperationException($"the sink answered {answers.Count} of {_sent.Count} batches");
        for (int i = 0; i < answers.Count; i++)
            Apply(_sent[i].Source, _sent[i].Batch, answers[i]);
        foreach ((_, PendingBatch batch) in _sent)
            _writers.Push(batch.Records);
        _sent.Clear();
    }

    // Whether what is on its way became durable is for the sink to say, the next time that it is sent.
    private async Task GiveUpAsync()
    {
        if (_answers is { } on)
            await on.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _answers = null;
        foreach ((_, PendingBatch batch) in _sent.Concat(_pending))
        {
            batch.Channel.GoBack();
            _writers.Push(batch.Records);
        }
        _sent.Clear();
        _pending.Clear();
        _bytes = 0;
    }

    private static bool IsWeak(PendingBatch batch) => Fingerprint.Telling(batch.Header.To) > batch.Channel.Noted;

    // They are read again, when there is room for a note of them, or from where the sink says.
    private bool Drop(Predicate<PendingBatch> which)
    {
        foreach ((_, PendingBatch batch) in _pending.Where(p => which(p.Batch)))
        {
            batch.Channel.GoBack();
            _writers.Push(batch.Records);
        }
        return _pending.RemoveAll(p => which(p.Batch)) > 0;
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
            channel.GoBack();
            problems.Raise("BEES-012", source.Settings.Name, $"the sink refuses records of '{source.Settings.Name}': {answer.Code} {answer.Message}");
            return;
        }
        problems.Clear("BEES-012", source.Settings.Name);
        _moved = true;
        if (answer.Outcome == BatchOutcome.Stored)
            Count(source.Counts, batch);
        if (answer.Durable == header.To)
        {
            channel.Known = channel.Known with { Position = header.To, Anchor = batch.Anchor, Ended = header.Ended };
            channel.Delivered(header.To);
            return;
        }
        // The sink knows better, because a crash came between its answer and our note of it, or because it lost something.
        Mark anchor = channel.Known.Anchor.End <= answer.Durable ? channel.Known.Anchor : Mark.None;
        channel.Known = channel.Known with { Position = answer.Durable, Anchor = anchor };
        channel.GoBack();
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

    private static TimeSpan Sooner(TimeSpan? one, TimeSpan other) => one is { } first && first < other ? first : other;
}
