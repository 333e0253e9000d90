using Microsoft.Win32.SafeHandles;

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
    private readonly PageCache _cache;
    private readonly TransferTeam _team;
    private readonly int _partitionBits;

    public ColdFile(SpillOptions options, int rowBytes, int partitionBits)
    {
        Path = options.Path;
        _partitionBits = partitionBits;
        RowsAPage = PageBytes / rowBytes;
        _file = File.OpenHandle(Path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose | FileOptions.RandomAccess);
        _cache = new PageCache(_file);
        _team = new TransferTeam(options.InFlight);
    }

    public string Path { get; }

    public int RowsAPage { get; }

    /// <summary>Where a partition's page is in the file.</summary>
    public long At(int partition, long page) =>
        ((((page / ExtentPages) << _partitionBits) + partition) * ExtentPages + page % ExtentPages) * PageBytes;

    /// <summary>Reads many pages at a time; those that are not in memory, several at once.</summary>
    public void Read(IReadOnlyList<ColdPage> pages)
    {
        List<ColdPage> absent = [];
        foreach (ColdPage page in pages)
        {
            if (!_cache.TryRead(page.At, page.Bytes, PageBytes))
                absent.Add(page);
        }
        if (absent.Count > 0)
            _team.Run(absent.Count, i => Read(absent[i].At, absent[i].Bytes, PageBytes));
    }

    public void Read(long at, byte* bytes, int count)
    {
        Span<byte> to = new(bytes, count);
        while (!to.IsEmpty)
        {
            int read = RandomAccess.Read(_file, to, at);
            if (read == 0)
                throw new VlpsException(VlpsProblem.BadFile, $"the spill file '{System.IO.Path.GetFileName(Path)}' ends before its page at {at}; somebody cut it while it was in use", new EndOfStreamException());
            to = to[read..];
            at += read;
        }
    }

    /// <summary>Writes pages one by one: what is written at once, file systems keep as one piece in memory, and a later change of a page of it costs them the whole piece.</summary>
    public void Write(long at, byte* bytes, int count)
    {
        try
        {
            for (int done = 0; done < count; done += PageBytes)
                RandomAccess.Write(_file, new ReadOnlySpan<byte>(bytes + done, PageBytes), at + done);
        }
        catch (IOException problem)
        {
            throw new VlpsException(VlpsProblem.Memory,
                $"cold rows could not be written to '{Path}', which has {RandomAccess.GetLength(_file) >> 20:N0} MiB: {problem.Message}; make room on that disk, or give the table more memory or fewer ids (minCount)", problem);
        }
    }

    public void Dispose()
    {
        _team.Dispose();
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
