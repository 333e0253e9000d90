using MLPlatform.Bees.Files;
using MLPlatform.Bees.Hosts;

namespace MLPlatform.Bees.Agents;

/// <summary>A file's content on its way, while the agent runs.</summary>
internal sealed class Channel(KnownFile known) : IDisposable
{
    public KnownFile Known { get; set; } = known;

    /// <summary>The open file, while there is something to read or may soon be.</summary>
    public FileContent? Content { get; set; }

    /// <summary>Whether the checkpoint holds its name: nothing is sent before, lest a crash gives the same file another one.</summary>
    public bool Registered { get; set; }

    /// <summary>
    /// How much of the fingerprint the checkpoint holds. Nothing is sent that would leave it too short: after a crash another
    /// file with the same inode would be taken for this one.
    /// </summary>
    public int Noted { get; set; } = known.Fingerprint.Length;

    /// <summary>Up to where it was read: ahead of <see cref="KnownFile.Position"/> by what is on its way to the sink.</summary>
    public long At => _ahead?.Position ?? Known.Position;

    /// <summary>The bytes right before <see cref="At"/>.</summary>
    public Mark Anchor => _ahead?.Anchor ?? Known.Anchor;

    private (long Position, Mark Anchor)? _ahead;

    /// <summary>Whether <see cref="InLongLine"/> and the byte order are those of <see cref="At"/>.</summary>
    public bool Placed { get; set; }

    public bool InLongLine { get; set; }

    /// <summary>Goes on reading behind a batch that is not answered yet.</summary>
    public void ReadAhead(PendingBatch batch)
    {
        _ahead = (batch.Header.To, batch.Anchor);
        InLongLine = batch.InLongLine;
    }

    /// <summary>The sink has everything before a position.</summary>
    public void Delivered(long position)
    {
        if (_ahead?.Position == position)
            _ahead = null;
    }

    /// <summary>Goes back to what the sink has.</summary>
    public void GoBack()
    {
        if (_ahead is not null)
            (_ahead, Placed) = (null, false);
    }

    public bool BigEndian { get; set; }

    /// <summary>When the file was last seen to change, by the agent's clock.</summary>
    public DateTimeOffset ChangedAt { get; private set; }

    private (long Size, DateTimeOffset ChangedAt)? _stamp;

    /// <summary>Takes note of what the system says of the file.</summary>
    public void See(FileStatus status, DateTimeOffset now)
    {
        if (_stamp == (status.Size, status.ChangedAt))
            return;
        // At the first sight the file system says how long nothing happened; afterwards the agent saw for itself.
        ChangedAt = _stamp is null && status.ChangedAt < now ? status.ChangedAt : now;
        _stamp = (status.Size, status.ChangedAt);
    }

    /// <summary>Size and time of change with which it was last found to be the same file.</summary>
    public (long Size, DateTimeOffset ChangedAt)? Verified { get; set; }

    /// <summary>Since when a small amount waits for more.</summary>
    public DateTimeOffset? PendingSince { get; set; }

    /// <summary>The length up to which there is no complete record; nothing is to be done before it grows or time passes.</summary>
    public long? Scanned { get; set; }

    /// <summary>The name that the source asks for leads to another file now.</summary>
    public bool Moved { get; set; }

    /// <summary>The sink refused it; until then nothing is sent.</summary>
    public DateTimeOffset? RefusedUntil { get; set; }

    /// <summary>Since when there are bytes that are not delivered.</summary>
    public DateTimeOffset? BehindSince { get; set; }

    /// <summary>Bytes that are there and not delivered.</summary>
    public long Lag => Known.Ended ? 0 : Math.Max(0, (Content?.Length ?? Known.Size) - Known.Position);

    public void Close()
    {
        Content?.Dispose();
        Content = null;
        Scanned = null;
    }

    public void Dispose() => Close();
}
