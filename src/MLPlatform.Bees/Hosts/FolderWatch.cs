using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MLPlatform.Bees.Hosts;

/// <summary>
/// Tells that something in some folders changed, through inotify. Only a hint: events may be lost and some file systems
/// send none, so whoever listens looks for itself, and looks again after a while without being told.
/// </summary>
internal sealed partial class FolderWatch : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const uint Events = 0x2 | 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400; // modify, attributes, closed, moved, made, deleted, itself deleted

    private readonly SafeFileHandle? _inotify;
    private readonly FileStream? _events;
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly Dictionary<string, int> _watched = new(StringComparer.Ordinal);

    public FolderWatch()
    {
        int descriptor = Init(CloseOnExec);
        if (descriptor < 0)
            return; // No more watches on this host: looking around regularly has to do.
        _inotify = new SafeFileHandle(descriptor, ownsHandle: true);
        _events = new FileStream(_inotify, FileAccess.Read, bufferSize: 0, isAsync: false);
        new Thread(Listen) { IsBackground = true, Name = "bees-inotify" }.Start();
    }

    /// <summary>Whether the system tells of changes at all.</summary>
    public bool Works => _inotify is not null;

    /// <summary>Watches exactly these folders from now on. A folder that was made anew is watched anew.</summary>
    public void Watch(IReadOnlyCollection<string> folders)
    {
        if (_inotify is null)
            return;
        foreach (string gone in _watched.Keys.Except(folders).ToList())
        {
            _ = Remove((int)_inotify.DangerousGetHandle(), _watched[gone]);
            _watched.Remove(gone);
        }
        foreach (string folder in folders)
        {
            // Asking again for a watched folder changes nothing and costs little; it is how a re-created one is found.
            int watch = Add((int)_inotify.DangerousGetHandle(), folder, Events);
            if (watch >= 0)
                _watched[folder] = watch;
            else
                _watched.Remove(folder);
        }
    }

    /// <summary>True when something changed since the last time; false when the time is over without that.</summary>
    public async Task<bool> WaitAsync(TimeSpan most, CancellationToken cancel) => await _changed.WaitAsync(most, cancel);

    public void Dispose()
    {
        // Closing does not wake a reader; the thread is in the background and ends with the process or the next event.
        foreach (int watch in _watched.Values)
            _ = Remove((int)_inotify!.DangerousGetHandle(), watch);
        _events?.Dispose();
    }

    private void Listen()
    {
        byte[] buffer = new byte[16 << 10];
        try
        {
            while (_events!.Read(buffer) > 0)
                Tell();
        }
        catch (Exception e) when (e is ObjectDisposedException or IOException)
        {
            // Nobody listens any more, or the system stopped telling; those who wait look regularly.
        }
    }

    private void Tell()
    {
        if (_changed.CurrentCount > 0)
            return;
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // Told already.
        }
    }

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int Init(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Add(int inotify, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    private static partial int Remove(int inotify, int watch);
}
