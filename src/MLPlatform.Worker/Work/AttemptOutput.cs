using System.Text;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Worker.Work;

/// <summary>
/// Sends all that is printed during an attempt to its log: the console's writers, native libraries and the runtime's own
/// last words, which go to the descriptors.
/// </summary>
internal sealed class AttemptOutput : TextWriter
{
    private const int Output = 1;
    private const int Error = 2;
    private readonly Lock _gate = new();
    private readonly StringBuilder _line = new();

    public AttemptOutput(string log)
    {
        Point(log, Libc.WriteOnly | Libc.Create | Libc.Append | Libc.CloseOnExec);
        Console.SetOut(this);
        Console.SetError(this);
    }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (_gate)
        {
            _line.Append(value);
            if (value == '\n' || _line.Length > 4096)
                Send();
        }
    }

    public override void Write(string? value)
    {
        lock (_gate)
        {
            _line.Append(value);
            if (_line.Length > 4096 || value?.Contains('\n') == true)
                Send();
        }
    }

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write(value + "\n");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_gate)
                Send();
            Console.SetOut(Null);
            Console.SetError(Null);
            Point("/dev/null", Libc.WriteOnly | Libc.CloseOnExec);
        }
        base.Dispose(disposing);
    }

    private static void Point(string path, int flags)
    {
        int file = Libc.Open(path, flags, 0x1a4);
        if (file < 0)
            return; // The disk may be full: the attempt goes on without a log.
        _ = Libc.Duplicate(file, Output);
        _ = Libc.Duplicate(file, Error);
        _ = Libc.Close(file);
    }

    // The descriptor appends, so what native code prints and what we print never overwrite each other.
    private unsafe void Send()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(_line.ToString());
        _line.Clear();
        int sent = 0;
        fixed (byte* start = bytes)
        {
            while (sent < bytes.Length)
            {
                nint got = Libc.Write(Output, start + sent, bytes.Length - sent);
                if (got <= 0)
                    return;
                sent += (int)got;
            }
        }
    }
}
