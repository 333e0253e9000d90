using Microsoft.Win32.SafeHandles;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Spill;

/// <summary>
/// The file with the cold rows of a table, in pages of 4 KiB. It belongs to one table of one process and is deleted with it:
/// what must outlive a process is in checkpoints. Extents of 64 pages go round the partitions.
/// </summary>
internal sealed unsafe class ColdFile : IDisposable
{
    public const int PageBytes = 4096;
    public const int ExtentPages = 64;

    private readonly SafeFileHandle _file;
    private readonly Crew _readers;
    private readonly Lock _reading = new();
    private readonly int _partitionBits;

    public ColdFile(SpillOptions options, int rowBytes, int partitionBits)
    {
        Path = options.Path;
        _partitionBits = partitionBits;
        RowsAPage = PageBytes / rowBytes;
        _file = File.OpenHandle(Path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
        _readers = new Crew(options.InFlight);
    }

    public string Path { get; }

    public int RowsAPage { get; }

    /// <summary>Where a partition's page is in the file.</summary>
    public long At(int partition, long page) =>
        ((((page / ExtentPages) << _partitionBits) + partition) * ExtentPages + page % ExtentPages) * PageBytes;

    /// <summary>Reads or writes many pages at a time, several under way at once.</summary>
    public void Transfer(IReadOnlyList<ColdPage> pages, bool write)
    {
        if (pages.Count == 0)
            return;
        lock (_reading)
        {
            _readers.Run(member =>
            {
                for (int i = member; i < pages.Count; i += _readers.Size)
                    Transfer(pages[i].At, pages[i].Bytes, PageBytes, write);
            });
        }
    }

    public void Transfer(long at, byte* bytes, int count, bool write)
    {
        if (write)
        {
            Write(at, new ReadOnlySpan<byte>(bytes, count));
            return;
        }
        Span<byte> to = new(bytes, count);
        while (!to.IsEmpty)
        {
            int read = RandomAccess.Read(_file, to, at);
            if (read == 0)
                throw new VlpsException(VlpsProblem.BadFile, $"the spill file '{System.IO.Path.GetFileName(Path)}' ends before its page at {at}; somebody cut it while it was in use");
            to = to[read..];
            at += read;
        }
    }

    private void Write(long at, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_file, bytes, at);
        }
        catch (IOException problem)
        {
            throw new VlpsException(VlpsProblem.Memory,
                $"cold rows could not be written to '{Path}', which has {RandomAccess.GetLength(_file) >> 20:N0} MiB: {problem.Message}; make room on that disk, or give the table more memory or fewer ids (minCount)", problem);
        }
    }

    public void Dispose()
    {
        _readers.Dispose();
        _file.Dispose();
    }
}

/// <summary>A page of the file in memory.</summary>
internal sealed unsafe class ColdPage(long at, byte* bytes)
{
    public long At { get; } = at;

    public byte* Bytes => bytes;

    public bool Dirty { get; set; }
}
