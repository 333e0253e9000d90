using System.Runtime.InteropServices;
using System.Text.Json;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>
/// Keeps a log's space on disk bounded: once it has grown past its cap, the middle is given back to the file system and
/// the head and the tail stay. Offsets do not move, so writers and readers go on undisturbed.
/// </summary>
internal sealed class LogCap
{
    private const long Block = 4096;
    private readonly Lock _gate = new();
    private readonly string _log;
    private readonly string _gaps;
    private readonly long _cap;
    private readonly Action<string> _messages;
    private LogGap _gap;
    private bool _refused;

    /// <param name="cap">Bytes kept, or 0 for all.</param>
    public LogCap(string folder, long cap, Action<string> messages)
    {
        _log = Path.Combine(folder, AttemptFiles.Log);
        _gaps = Path.Combine(folder, AttemptFiles.LogGaps);
        _cap = cap;
        _messages = messages;
        long head = cap / 4 / Block * Block;
        _gap = File.Exists(_gaps) && JsonSerializer.Deserialize(File.ReadAllBytes(_gaps), ProtocolJson.Default.LogGap) is LogGap known
            ? known
            : new LogGap(head, head);
    }

    /// <summary>Trims the log if it is over its cap.</summary>
    public void Check()
    {
        lock (_gate)
        {
            if (_cap <= 0 || _refused)
                return;
            long size = new FileInfo(_log) is { Exists: true } file ? file.Length : 0;
            if (size - (_gap.To - _gap.From) <= _cap)
                return;
            long to = (size - (_cap / 2)) / Block * Block;
            if (to > _gap.To)
                Cut(_gap with { To = to });
        }
    }

    private void Cut(LogGap wider)
    {
        // The readers' note goes first: a gap that nobody knows of would read as NUL bytes.
        bool noted = TryNote(wider);
        int file = Libc.Open(_log, Libc.WriteOnly | Libc.CloseOnExec, 0);
        int result = Libc.Allocate(file, Libc.PunchHoleKeepSize, _gap.To, wider.To - _gap.To);
        int error = Marshal.GetLastPInvokeError();
        _ = Libc.Close(file);
        if (result != 0)
        {
            _refused = true;
            if (_gap.To > _gap.From)
                TryNote(_gap);
            else
                File.Delete(_gaps);
            _messages($"the log cap does not hold for {_log}: {Libc.Describe(error)}");
            return;
        }
        if (!noted)
            noted = TryNote(wider); // The disk was full; now it has room.
        if (noted)
            _gap = wider;
    }

    private bool TryNote(LogGap gap)
    {
        try
        {
            AttemptFiles.WriteWhole(_gaps, JsonSerializer.SerializeToUtf8Bytes(gap, ProtocolJson.Default.LogGap));
            return true;
        }
        catch (IOException e)
        {
            _messages($"cannot note the gap in {_log}: {e.Message}");
            return false;
        }
    }
}
