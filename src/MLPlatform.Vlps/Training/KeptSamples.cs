using System.Text;

namespace MLPlatform.Vlps.Training;

/// <summary>Writes the samples of another source to a file while they are read for the first time, and reads them from there later.</summary>
internal sealed class KeptSamples(ISampleSource source, string file) : ISampleSource, IDisposable
{
    private bool _complete;

    public long CountRows() => source.CountRows();

    public IEnumerable<SampleBlock> Read() => _complete ? ReadKept() : ReadAndKeep();

    private IEnumerable<SampleBlock> ReadAndKeep()
    {
        using (var writer = new BinaryWriter(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16), Encoding.UTF8))
        {
            foreach (SampleBlock block in source.Read())
            {
                block.Write(writer);
                yield return block;
            }
        }
        _complete = true;
    }

    private IEnumerable<SampleBlock> ReadKept()
    {
        using var reader = new BinaryReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16), Encoding.UTF8);
        var block = new SampleBlock();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            block.Read(reader);
            yield return block;
        }
    }

    public void Dispose() => File.Delete(file);
}
