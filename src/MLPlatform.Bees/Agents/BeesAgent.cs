using MLPlatform.Bees.Checkpoints;
using MLPlatform.Bees.Files;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Agents;

/// <summary>What a cycle leaves.</summary>
/// <param name="Busy">There is more to do at once.</param>
/// <param name="Settled">Nothing is left that only time will tell: all there is is delivered.</param>
/// <param name="Again">When to go on without being told of a change.</param>
internal readonly record struct CycleResult(bool Busy, bool Settled, TimeSpan Again);

/// <summary>One agent. Each cycle looks around, registers what is new, carries records to the sink, and notes how far it came.</summary>
internal sealed class BeesAgent : IAsyncDisposable
{
    private static readonly TimeSpan LookAtMostEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromDays(1);

    private readonly AgentSettings _settings;
    private readonly TimeProvider _time;
    private readonly CheckpointFile _checkpoint;
    private readonly ISink _sink;
    private readonly Pump _pump;
    private readonly Problems _problems;
    private readonly List<(Source Source, Registrar Registrar)> _sources = [];
    private readonly IReadOnlyList<KnownFile> _others;
    private bool _unsaved;
    private bool _lookNow = true;
    private DateTimeOffset _looked;
    private DateTimeOffset _noted;

    /// <param name="counts">What was counted before, where it goes on with other settings.</param>
    public BeesAgent(AgentSettings settings, ISink sink, TimeProvider time, Action<AgentNotice> tell, IReadOnlyDictionary<string, SourceCounts>? counts = null)
    {
        (_settings, _sink, _time, _problems) = (settings, sink, time, new Problems(time, tell));
        _checkpoint = CheckpointFile.Open(settings.Checkpoint, settings.Agent);
        IReadOnlyList<KnownFile> known = _checkpoint.Read().Files;
        _others = [.. known.Where(k => !settings.Sources.Any(s => s.Name == k.Source))]; // Its sources may come back.
        Buffers buffers = Buffers.For(settings);
        _pump = new Pump(
            new ChannelReader(settings.Agent, buffers, settings.Settle, settings.Linger, time), sink,
            new RateLimit((double?)settings.Limits.BytesPerSecond?.Value, time), _problems, time, TrySave, buffers.Usual);
        foreach (SourceSettings each in settings.Sources)
        {
            Source source = new(each, known) { Counts = counts?.GetValueOrDefault(each.Name) ?? new() };
            Looker looker = new(source, new FileScan(each.Paths, each.Exclude), _problems, time);
            _sources.Add((source, new Registrar(source, looker, _problems, time, settings.Settle)));
        }
    }

    public IEnumerable<Source> Sources => _sources.Select(s => s.Source);

    public Problems Problems => _problems;

    /// <summary>Something changed in the folders: look around in the next cycle.</summary>
    public void Notice() => _lookNow = true;

    /// <param name="hurry">Small amounts do not wait for more.</param>
    /// <exception cref="SinkException">The sink does not take anything now; nothing is lost, the next cycle tries again.</exception>
    public async Task<CycleResult> CycleAsync(bool hurry, CancellationToken cancel)
    {
        DateTimeOffset now = _time.GetUtcNow();
        foreach (Source source in Sources.Where(s => !s.Positioned))
            await AskPositionsAsync(source, cancel);
        if (now - _looked >= _settings.Poll || (_lookNow && (hurry || now - _looked >= LookAtMostEvery)))
            Look(now);
        Register();
        PumpResult round = await _pump.RoundAsync([.. Sources], hurry, cancel);
        _unsaved |= round.Sent;
        _lookNow |= round.Look;
        bool ended = await EndAsync(now, cancel);
        foreach (Channel channel in Sources.SelectMany(s => s.Channels))
            channel.BehindSince = channel.Lag == 0 ? null : channel.BehindSince ?? now;
        if (_unsaved && now - _noted >= NoteEvery)
            Save();
        bool settled = Sources.All(s => s.Positioned && s.Held == 0 && !s.Channels.Any(c => c.RefusedUntil > now) && s.Channels.All(c => c.Registered && (c.Known.Missing == MissingReason.None || c.Known.Ended)));
        return new CycleResult(round.Sent || round.Look || ended, settled && !_lookNow && round.Again is null, Sooner(_settings.Poll, round.Again));
    }

    /// <summary>Notes how far it came: only to spare questions at the next start.</summary>
    public void Save()
    {
        if (TrySave())
            _unsaved = false;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Channel channel in Sources.SelectMany(s => s.Channels))
            channel.Dispose();
        _checkpoint.Dispose();
        await _sink.DisposeAsync();
    }

    // The sink is right about what it has; the checkpoint is right about which file it was.
    private async Task AskPositionsAsync(Source source, CancellationToken cancel)
    {
        List<Channel> open = [.. source.Channels.Where(c => c is { Known.Ended: false, Registered: true })];
        if (open.Count > 0)
        {
            if (await _sink.PositionsAsync(source.Settings.Name, [.. open.Select(c => c.Known.Channel)], cancel) is not { } durable)
            {
                _problems.Raise("BEES-015", source.Settings.Name, $"the sink knows no source '{source.Settings.Name}'; its files wait");
                return;
            }
            foreach (Channel channel in open)
            {
                long position = durable.GetValueOrDefault(channel.Known.Channel);
                Mark anchor = channel.Known.Anchor.End <= position ? channel.Known.Anchor : Mark.None;
                channel.Known = channel.Known with { Position = position, Anchor = anchor };
            }
        }
        _problems.Clear("BEES-015", source.Settings.Name);
        source.Positioned = true;
    }

    private void Look(DateTimeOffset now)
    {
        (_looked, _lookNow) = (now, false);
        foreach ((_, Registrar registrar) in _sources)
            _unsaved |= registrar.Look();
    }

    // A channel's name is durable before anything is sent on it. Where that cannot be, known files go on and new ones wait.
    private void Register()
    {
        List<Channel> fresh = [.. Sources.SelectMany(s => s.Channels).Where(c => !c.Registered)];
        if (fresh.Count == 0 || !TrySave())
            return;
        foreach (Channel channel in fresh)
            channel.Registered = true;
    }

    private async Task<bool> EndAsync(DateTimeOffset now, CancellationToken cancel)
    {
        bool any = false;
        foreach (Source source in Sources)
        {
            foreach (Channel channel in source.Channels.Where(c => c.Known.MissingSince is { } since && now - since >= _settings.Settle).ToList())
            {
                if (channel.Known.Ended || !channel.Registered || !source.Positioned || channel.RefusedUntil > now)
                {
                    if (now - channel.Known.MissingSince >= ForgetAfter || !channel.Registered)
                        source.Channels.Remove(channel);
                    continue;
                }
                if (channel.Content is not null && channel.Lag > 0)
                    continue; // It is read to its end first.
                await EndAsync(source, channel, cancel);
                any = true;
            }
        }
        _unsaved |= any;
        return any;
    }

    private async Task EndAsync(Source source, Channel channel, CancellationToken cancel)
    {
        KnownFile known = channel.Known;
        long lost = channel.Lag;
        string why = known.Missing switch
        {
            MissingReason.Truncated => "truncated before it was read",
            MissingReason.Replaced => "overwritten before it was read",
            _ => "deleted before it was read",
        };
        if (lost > 0)
            _problems.Happened("BEES-030", known.Path, $"at least {lost} bytes of '{known.Path}' are lost: {why}");
        channel.Close();
        await _pump.EndAsync(source, channel, new BatchHeader
        {
            Agent = _settings.Agent,
            Source = known.Source,
            Channel = known.Channel,
            Path = known.Path,
            From = known.Position + lost,
            To = known.Position + lost,
            ReadAt = _time.GetUtcNow(),
            LostBytes = lost,
            LostBecause = lost > 0 ? why : null,
            Ended = true,
        }, cancel);
    }

    private bool TrySave()
    {
        try
        {
            _checkpoint.Write(new Checkpoint(1, _settings.Agent, [.. Sources.SelectMany(s => s.Channels).Select(c => c.Known), .. _others]));
            _noted = _time.GetUtcNow();
            foreach (Channel channel in Sources.SelectMany(s => s.Channels))
                channel.Noted = channel.Known.Fingerprint.Length;
            _problems.Clear("BEES-020", _checkpoint.Path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Raise("BEES-020", _checkpoint.Path, $"the checkpoint cannot be written, so that new files have to wait: {e.Message}");
            return false;
        }
    }

    private static TimeSpan Sooner(TimeSpan one, TimeSpan? other) => other is { } time && time < one ? time : one;
}
