using MLPlatform.Bees.Files;

namespace MLPlatform.Bees.Agents;

/// <summary>Carries out what the rules decided about the files of a source.</summary>
internal sealed class Registrar(Source source, Looker looker, Problems problems, TimeProvider time, TimeSpan settle)
{
    /// <summary>Looks around; true if there are new channels, which the checkpoint must hold before anything is sent on them.</summary>
    public bool Look()
    {
        // 1. See. 2. Decide. 3. Carry out.
        IReadOnlyList<Sighting> seen = looker.Look();
        IReadOnlyList<Verdict> verdicts = FileRules.Decide([.. source.Channels.Select(c => c.Known)], seen, settle);
        Dictionary<string, Channel> channels = source.Channels.ToDictionary(c => c.Known.Channel);
        HashSet<FileKey> wanted = [.. seen.Where(s => s.Wanted).Select(s => s.Key)];
        HashSet<FileContent> open = [.. seen.Select(s => s.Content).OfType<FileContent>(), .. channels.Values.Select(c => c.Content).OfType<FileContent>()];
        bool fresh = false;
        source.Held = verdicts.Count(v => v is Verdict.Hold);
        foreach (Verdict verdict in verdicts.OrderBy(v => v is Verdict.Miss ? 0 : 1)) // A file's new content begins after its old one is let go.
        {
            switch (verdict)
            {
                case Verdict.Miss miss:
                    Miss(channels[miss.Known.Channel], miss.Reason);
                    break;
                case Verdict.Continue go:
                    Continue(channels[go.Known.Channel], go.Seen, wanted);
                    break;
                case Verdict.Adopt adopt:
                    Adopt(channels[adopt.Known.Channel], adopt.Seen);
                    fresh = true;
                    break;
                case Verdict.Begin begin:
                    source.Channels.Add(Begin(begin.Seen));
                    fresh = true;
                    break;
                case Verdict.Hold:
                    break;
            }
        }
        foreach (FileContent unused in open.Except(source.Channels.Select(c => c.Content).OfType<FileContent>()))
            unused.Dispose();
        return fresh;
    }

    private void Continue(Channel channel, Sighting seen, HashSet<FileKey> wanted)
    {
        KnownFile known = channel.Known;
        channel.Moved |= known.Path != seen.Path || !wanted.Contains(seen.Key);
        if (known.Path != seen.Path || known.Missing != MissingReason.None)
            channel.Known = known with { Path = seen.Path, Missing = MissingReason.None, MissingSince = null };
        if (seen.Content is not FileContent content)
            return; // As it was.
        if (!(known.Ended && content.Length <= known.Position))
        {
            channel.Content ??= content;
            channel.Known = channel.Known with { Ended = false };
        }
        channel.See(content.Look(), time.GetUtcNow());
        channel.Verified = seen.Stamp;
        Grow(channel, content);
    }

    private void Adopt(Channel channel, Sighting seen)
    {
        FileContent content = (FileContent)seen.Content;
        (channel.Content, channel.Scanned) = (content, null); // What was open may be another channel's by now.
        channel.Known = channel.Known with { Key = seen.Key, Path = seen.Path, Missing = MissingReason.None, MissingSince = null, Ended = false };
        (channel.Placed, channel.Moved, channel.Verified) = (false, true, null);
        channel.See(content.Look(), time.GetUtcNow());
        Grow(channel, content);
    }

    private Channel Begin(Sighting seen)
    {
        FileContent content = (FileContent)seen.Content;
        content.ForgetHead();
        KnownFile known = new()
        {
            Channel = Guid.CreateVersion7(time.GetUtcNow()).ToString("N"),
            Source = source.Settings.Name,
            Key = seen.Key,
            Path = seen.Path,
        };
        Channel channel = new(known) { Content = content, Moved = seen.Compressed };
        channel.See(content.Look(), time.GetUtcNow());
        Grow(channel, content);
        return channel;
    }

    private void Miss(Channel channel, MissingReason reason)
    {
        channel.Known = channel.Known with { Missing = reason, MissingSince = time.GetUtcNow(), Size = Math.Max(channel.Known.Size, channel.Known.Position) };
        channel.Verified = null;
        problems.Clear("BEES-021", channel.Known.Path);
        // A deleted file can be read to its end as long as it is open; one with other content cannot, and is another's now.
        if (reason != MissingReason.Deleted)
            channel.Content = null;
    }

    /// <summary>Takes note of a longer file and, while it is short, of how it begins.</summary>
    public static void Grow(Channel channel, FileContent content)
    {
        KnownFile known = channel.Known;
        if (known.Fingerprint.Length < Math.Min(content.Length, Fingerprint.Most))
            known = known with { Fingerprint = content.Head() };
        channel.Known = known with { Size = Math.Max(content.Length, known.Position) };
    }
}
