using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage;

/// <summary>
/// The exclusive right to a home folder: only its holder opens the SQLite database there. The system gives it back
/// when the process ends, however it ends.
/// </summary>
public sealed class HomeLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private HomeLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock, or tells which process has it.</summary>
    /// <exception cref="ActivityException">STORE-012: another process holds it.</exception>
    public static HomeLock Take(string home) => TryTake(home, out int? holder)
        ?? throw new ActivityException("STORE-012", $"The home folder '{home}' is in use by process {holder?.ToString(CultureInfo.InvariantCulture) ?? "(unknown)"}. "
            + "Stop that process, talk to it with --server, or set MLP_HOME to another folder.", FailureKind.Infrastructure);

    /// <summary>Takes the lock, or returns null.</summary>
    /// <param name="home">Made if it is not there.</param>
    /// <param name="holder">The process that has it, where it is not free and says so.</param>
    public static HomeLock? TryTake(string home, out int? holder)
    {
        Directory.CreateDirectory(home);
        string path = Path.Combine(home, "lock");
        SafeFileHandle file = Posix.OpenForLock(path);
        if (Posix.TryLock(file))
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), 0);
            holder = null;
            return new HomeLock(file);
        }
        using (file)
        {
            Span<byte> text = stackalloc byte[16];
            int length = RandomAccess.Read(file, text, 0);
            holder = int.TryParse(text[..length], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : null;
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
