namespace MLPlatform.Activities.Bees;

/// <summary>
/// A window over a stream that always starts at the record being read. Positions are relative to that start, so
/// they stay right when more bytes are read.
/// </summary>
internal sealed class LineBuffer(Stream stream, int longestRecord)
{
    private byte[] _bytes = new byte[128 << 10];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Bytes of the (decompressed) file before the current record.</summary>
    public long Offset { get; private set; }

    /// <summary>The line on which the current record starts, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>What was read of the current record and of what follows it.</summary>
    public ReadOnlySpan<byte> Window => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Bytes that one record may have.</summary>
    public int LongestRecord => longestRecord;

    /// <summary>Whether the window already holds as much as one record may be long.</summary>
    public bool Full => _end - _start > longestRecord;

    public byte NewLine { get; private set; } = (byte)'\n';

    /// <summary>Skips a byte order mark and finds out which byte ends lines.</summary>
    public void Open()
    {
        while (_end < 64 << 10 && More()) { }
        if (Window.StartsWith("\uFEFF"u8))
            Advance(3, 0);
        if (Window.Contains((byte)'\r') && !Window.Contains((byte)'\n'))
            NewLine = (byte)'\r';
    }

    /// <summary>Reads more bytes behind the window; false at the end of the file or when the window is <see cref="Full"/>.</summary>
    public bool More()
    {
        if (_ended || Full)
            return false;
        if (_start > 0 && _end == _bytes.Length)
        {
            Window.CopyTo(_bytes);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _bytes.Length)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        int read = stream.Read(_bytes, _end, _bytes.Length - _end);
        _end += read;
        _ended = read == 0;
        return read > 0;
    }

    /// <summary>The position of the next line end at or after <paramref name="from"/>; -1 where the file or the longest record ends first.</summary>
    public int FindLineEnd(int from)
    {
        while (true)
        {
            int at = Window[from..].IndexOf(NewLine);
            if (at >= 0)
                return from + at;
            from = Window.Length;
            if (!More())
                return -1;
        }
    }

    /// <summary>Moves the start of the window past a record.</summary>
    public void Advance(int bytes, int lines)
    {
        _start += bytes;
        Offset += bytes;
        Line += lines;
    }

    /// <summary>Moves the start of the window past bytes that need not have been read yet.</summary>
    public void Skip(long bytes)
    {
        while (bytes > 0)
        {
            int here = (int)Math.Min(bytes, Window.Length);
            Advance(here, Window[..here].Count((byte)'\n'));
            bytes -= here;
            if (bytes == 0)
                return;
            (_start, _end) = (0, 0);
            if (!More())
                return;
        }
    }

    /// <summary>Drops the rest of a line that is longer than a record may be.</summary>
    public void SkipLine()
    {
        while (true)
        {
            int at = Window.IndexOf(NewLine);
            if (at >= 0)
            {
                Advance(at + 1, 1);
                return;
            }
            Advance(Window.Length, 0);
            (_start, _end) = (0, 0);
            if (!More())
                return;
        }
    }
}
