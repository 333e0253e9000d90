using System.Runtime.InteropServices;

namespace MLPlatform.Bees.Hosts;

/// <summary>Writes files that are there whole or not at all, whenever the machine stops.</summary>
internal static partial class DurableFile
{
    private const int CloseOnExec = 0x80000;

    /// <summary>Writes the file under another name, makes it durable, renames it, and makes the name durable.</summary>
    public static void Replace(string path, Action<Stream> write)
    {
        string fresh = path + ".new";
        try
        {
            using FileStream file = new(fresh, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
            write(file);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            TryDelete(fresh); // On a full disk it would keep what others need.
            throw;
        }
        File.Move(fresh, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes the names in a folder durable: a rename alone may be lost with the power.</summary>
    public static void SyncFolder(string folder)
    {
        int descriptor = Open(folder, CloseOnExec, 0);
        if (descriptor < 0)
            throw new IOException($"cannot open folder '{folder}': {Marshal.GetLastPInvokeErrorMessage()}");
        string? failed = FSync(descriptor) == 0 ? null : Marshal.GetLastPInvokeErrorMessage();
        _ = Close(descriptor);
        if (failed is not null)
            throw new IOException($"cannot make folder '{folder}' durable: {failed}");
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
            // The next write uses the same name again; the failure that matters is already on its way.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
