using System.Text;
using MLPlatform.Vlps.Batches;

namespace MLPlatform.Vlps.Training;

/// <summary>Samples that are encoded once: what is read for the first time is written to a file, and read from there later.</summary>
/// <param name="source">The samples.</param>
/// <param name="folder">Where the file is; null: none, they are encoded each time.</param>
internal sealed class KeptBlocks(FieldSamples source, string? folder) : IDisposable
{
    private readonly string? _file = folder is null ? null : Path.Combine(folder, $"samples-{Guid.NewGuid():N}");
    private bool _complete;

    /// <param name="block">Holds what is read, again and again.</param>
    /// <param name="skip">Samples to leave out at the beginning: whole blocks.</param>
    /// <param name="crew">Reads and encodes.</param>
    public IEnumerable<FieldBlock> Read(FieldBlock block, long skip, FeedCrew crew) =>
        _complete ? ReadKept(block, skip) : _file is null || skip > 0 ? source.Read(block, skip, long.MaxValue, crew) : ReadAndKeep(block, crew);

    private IEnumerable<FieldBlock> ReadAndKeep(FieldBlock block, FeedCrew crew)
    {
        using (var writer = new BinaryWriter(new FileStream(_file!, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16), Encoding.UTF8))
        {
            foreach (FieldBlock read in source.Read(block, 0, long.MaxValue, crew))
            {
                read.Write(writer);
                yield return read;
            }
        }
        _complete = true;
    }

    private IEnumerable<FieldBlock> ReadKept(FieldBlock block, long skip)
    {
        using var reader = new BinaryReader(new FileStream(_file!, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), Encoding.UTF8);
        for (long rows = 0; reader.BaseStream.Position < reader.BaseStream.Length;)
        {
            block.Read(reader);
            rows += block.Rows;
            if (rows > skip)
                yield return block;
        }
    }

    public void Dispose()
    {
        if (_file is not null)
            File.Delete(_file);
    }
}
