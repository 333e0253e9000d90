using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>A piece of a log.</summary>
/// <param name="Text">Harmless to show: without colours, control characters made visible, invalid bytes replaced.</param>
/// <param name="Next">The offset, in bytes of the log, that the next piece starts at.</param>
public sealed record LogChunk(string Text, long Next);

/// <summary>
/// Reads an attempt's log, also while it is written. The middle of a very long log may have been left out; then a line in
/// its place says how much.
/// </summary>
public sealed class AttemptLog
{
    private const int TailBlock = 64 * 1024;
    private const int CountBlock = 512 << 10;
    private const int LongestTail = 4 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly string _folder;
    private readonly string _log;

    private AttemptLog(string folder)
    {
        _folder = folder;
        _log = Path.Combine(folder, AttemptFiles.Log);
    }

    /// <summary>The log of an attempt, which need not have started yet.</summary>
    /// <param name="home">The platform's home folder.</param>
    public static AttemptLog Of(string home, AttemptId attempt) => Open(AttemptFiles.Folder(home, attempt));

    internal static AttemptLog Open(string attemptFolder) => new(attemptFolder);

    /// <summary>The log's length in bytes, what was left out included; 0 if there is none yet.</summary>
    public long Length => new FileInfo(_log) is { Exists: true } file ? file.Length : 0;

    /// <summary>Whether the attempt has ended, so that the log grows no more.</summary>
    public bool HasEnded => File.Exists(Path.Combine(_folder, AttemptFiles.Exit));

    /// <summary>The piece from <paramref name="offset"/> on; its text is empty at the end.</summary>
    /// <param name="most">Most bytes of the log to read.</param>
    public LogChunk Read(long offset, int most)
    {
        if (!File.Exists(_log))
            return new LogChunk("", offset);
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(Length - offset, 0, most));
        int got = ReadSettled(bytes, offset, out long from, out LogGap? gap);
        return Chunk(bytes.AsSpan(0, got), from, offset, most, gap);
    }

    /// <summary>The same as the program wrote it, and where it begins: behind what was left out.</summary>
    internal (byte[] Bytes, long From) ReadBytes(long offset, int most)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(Length - offset, 0, most));
        int got = ReadInto(bytes, offset, out long from);
        return (got == bytes.Length ? bytes : bytes[..got], from);
    }

    /// <summary>The same into memory at hand: how many bytes.</summary>
    internal int ReadInto(Span<byte> buffer, long offset, out long from)
    {
        from = offset;
        return File.Exists(_log) ? ReadSettled(buffer, offset, out from, out _) : 0;
    }

    /// <summary>How many lines end before a position; what was left out is not counted.</summary>
    public long CountLines(long until) => CountLines(0, until);

    /// <summary>How many lines end between two positions, the first of which is no place between a return and its newline.</summary>
    internal long CountLines(long since, long until)
    {
        long lines = 0;
        byte before = (byte)'\n';
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Clamp(until - since, 0, CountBlock));
        for (long at = since; at < until;)
        {
            int got = ReadInto(bytes.AsSpan(0, (int)Math.Min(bytes.Length, until - at)), at, out long from);
            if (from > at && before is not ((byte)'\n' or (byte)'\r'))
                lines++; // The line before what was left out.
            ReadOnlySpan<byte> piece = bytes.AsSpan(0, (int)Math.Clamp(until - from, 0, got));
            if (piece.IsEmpty)
                break;
            // A return and a newline are one end, also where they lie in two pieces.
            lines += CountEnds(piece) - (before == '\r' && piece[0] == '\n' ? 1 : 0);
            before = piece[^1];
            at = from + piece.Length;
        }
        return lines;
    }

    /// <summary>Whether what stands before a position is a line without its end.</summary>
    internal bool EndsInLine(long position) => position > 0 && ReadBytes(position - 1, 1).Bytes is [not ((byte)'\n' or (byte)'\r')];

    /// <summary>Where a line begins at most so many bytes before a position, or further back where lines are longer.</summary>
    internal long LineBefore(long position, int most)
    {
        for (long window = most; ; window *= 4)
        {
            long from = Math.Max(0, position - window);
            (byte[] bytes, long at) = ReadBytes(from, (int)Math.Min(position - from, LongestTail));
            if (from == 0 || at >= position)
                return from; // At the start, or in what was left out.
            int end = bytes.AsSpan().IndexOfAny((byte)'\n', (byte)'\r');
            if (end >= 0 && end + 1 < bytes.Length)
                return at + end + (bytes[end] == '\r' && bytes[end + 1] == '\n' ? 2 : 1) is var begins && begins < position ? begins : from;
            if (window >= LongestTail)
                return from; // One line longer than any that is read whole.
        }
    }

    /// <summary>How many lines end among these bytes: by a newline, a return, or both.</summary>
    internal static int CountEnds(ReadOnlySpan<byte> bytes)
    {
        int returns = bytes.Count((byte)'\r');
        return bytes.Count((byte)'\n') + (returns > 0 ? returns - bytes.Count("\r\n"u8) : 0);
    }

    private int ReadSettled(Span<byte> buffer, long offset, out long from, out LogGap? gap)
    {
        using FileStream file = new(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        gap = Gap();
        while (true)
        {
            int got = ReadInto(file, buffer, offset, gap, out from);
            // The gap may have grown over what we just read; then those bytes may be holes already.
            LogGap? after = Gap();
            if (after == gap)
                return got;
            gap = after;
        }
    }

    /// <summary>The last lines.</summary>
    public string Tail(int lines) => Tail(lines, Length);

    /// <summary>The last lines before a position.</summary>
    public string Tail(int lines, long end)
    {
        long from = end;
        string text = "";
        while (from > 0 && end - from < LongestTail)
        {
            from = Math.Max(0, from - TailBlock);
            text = ReadUntil(from, end);
            if (text.AsSpan().TrimEnd('\n').Count('\n') >= lines)
                break;
        }
        string[] all = text.TrimEnd('\n').Split('\n');
        return string.Join('\n', all.TakeLast(lines));
    }

    /// <summary>The log from <paramref name="offset"/> on, as it is written, until the attempt has ended.</summary>
    /// <param name="endedElsewhere">
    /// Whether it is known by other means that the attempt ended: one inside the server, or one that never came to run,
    /// leaves nothing in its folder. Asked about once a second.
    /// </param>
    public async IAsyncEnumerable<LogChunk> FollowAsync(
        long offset, TimeProvider time, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel,
        Func<CancellationToken, Task<bool>>? endedElsewhere = null)
    {
        for (int round = 0; ; round++)
        {
            // Asked first, so that the last words are not missed.
            bool ended = HasEnded || (endedElsewhere is not null && round % 10 == 0 && await endedElsewhere(cancel));
            LogChunk chunk = Read(offset, TailBlock);
            if (chunk.Next > offset)
            {
                offset = chunk.Next;
                yield return chunk;
            }
            else if (ended)
                yield break;
            else
                await Task.Delay(Pause, time, cancel);
        }
    }

    private string ReadUntil(long from, long end)
    {
        var text = new StringBuilder();
        while (from < end)
        {
            LogChunk chunk = Read(from, (int)Math.Min(end - from, TailBlock));
            if (chunk.Next <= from)
                break;
            text.Append(chunk.Text);
            from = chunk.Next;
        }
        return text.ToString();
    }

    private static int ReadInto(FileStream file, Span<byte> buffer, long offset, LogGap? gap, out long from)
    {
        from = gap is not null && offset >= gap.From && offset < gap.To ? gap.To : offset;
        if (gap is not null && from < gap.From)
            buffer = buffer[..(int)Math.Min(buffer.Length, gap.From - from)];
        return RandomAccess.Read(file.SafeFileHandle, buffer, from);
    }

    private LogChunk Chunk(ReadOnlySpan<byte> bytes, long from, long offset, int most, LogGap? gap)
    {
        // A character or a colour cut in two by the end of the piece waits for the next one, unless its rest will not come or a piece holds no more.
        long end = from + bytes.Length;
        int cut = end == gap?.From || (HasEnded && end >= Length) ? 0 : CutAtEnd(bytes);
        int length = cut == most ? bytes.Length : bytes.Length - cut;
        string text = Harmless.Text(bytes[..length]);
        if (from > offset && gap is not null)
            text = string.Create(CultureInfo.InvariantCulture, $"\n[… {gap.To - gap.From} bytes left out …]\n") + text;
        return new LogChunk(text, from + length);
    }

    /// <summary>How many bytes at the end begin something whose rest is still to come.</summary>
    internal static int CutAtEnd(ReadOnlySpan<byte> bytes) => CutCharacter(bytes) is > 0 and int character ? character : TerminalColours.CutAtEnd(bytes);

    private static int CutCharacter(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            byte b = bytes[^back];
            if ((b & 0xC0) == 0x80)
                continue;
            int wants = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
            return wants > back ? back : 0;
        }
        return 0;
    }

    private LogGap? Gap()
    {
        string path = Path.Combine(_folder, AttemptFiles.LogGaps);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ProtocolJson.Default.LogGap) : null;
    }
}
