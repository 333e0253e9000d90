using System.Globalization;
using System.Text;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Worker.Supervision;

/// <summary>Lines on standard error, which the server points at <c>supervisor.log</c>.</summary>
/// <remarks>Not the console class: that one installs signal handlers, and child signals are ours.</remarks>
internal sealed class SupervisorLog(TimeProvider time)
{
    public unsafe void Write(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():O} {line}\n"));
        fixed (byte* start = bytes)
            _ = Libc.Write(2, start, bytes.Length); // Nowhere is left to report a log that cannot be written.
    }
}
