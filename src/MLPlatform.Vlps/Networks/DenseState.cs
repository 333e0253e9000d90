using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The dense weights with the optimizer's state, to go on training with; little endian.
/// <code>
/// 8 "VLPSDSTA"   4 version (1)   4 floats (n)   4 step   4 zeros   8 XXH3-64 of the rest, seeded with the step
/// n × 4 weights, n × 4 sums of squares
/// </code>
/// </summary>
internal static class DenseState
{
    private const int Version = 1, HeadBytes = 32;

    private static ReadOnlySpan<byte> Magic => "VLPSDSTA"u8;

    /// <summary>Writes the file beside its place, brings it to the disk and gives it its name.</summary>
    public static unsafe void Write(DenseParameters parameters, string path, uint step)
    {
        int bytes = parameters.Length * sizeof(float);
        byte[] file = new byte[HeadBytes + (2 * bytes)];
        Magic.CopyTo(file);
        MemoryMarshal.Write(file.AsSpan(8), Version);
        MemoryMarshal.Write(file.AsSpan(12), parameters.Length);
        MemoryMarshal.Write(file.AsSpan(16), step);
        new ReadOnlySpan<byte>(parameters.Values, bytes).CopyTo(file.AsSpan(HeadBytes));
        new ReadOnlySpan<byte>(parameters.Squares, bytes).CopyTo(file.AsSpan(HeadBytes + bytes));
        MemoryMarshal.Write(file.AsSpan(24), XxHash3.HashToUInt64(file.AsSpan(HeadBytes), step));
        string partial = path + ".partial";
        using (FileStream stream = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(file);
            stream.Flush(flushToDisk: true);
        }
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads weights and state into a network's, which must have as many.</summary>
    /// <param name="step">The step that the file must be of.</param>
    public static unsafe void Read(DenseParameters parameters, string path, uint step)
    {
        byte[] file = File.ReadAllBytes(path);
        if (file.Length < HeadBytes || !file.AsSpan(0, 8).SequenceEqual(Magic))
            throw Bad(path, "it is no file of dense weights with their state");
        int version = MemoryMarshal.Read<int>(file.AsSpan(8)), length = MemoryMarshal.Read<int>(file.AsSpan(12));
        if (version != Version)
            throw Bad(path, $"it has version {version}; this program reads version {Version}");
        if (length != parameters.Length)
            throw Bad(path, $"it has {length} weights, the declared model {parameters.Length}");
        int bytes = length * sizeof(float);
        uint written = MemoryMarshal.Read<uint>(file.AsSpan(16));
        if (file.Length != HeadBytes + (2 * bytes) || MemoryMarshal.Read<ulong>(file.AsSpan(24)) != XxHash3.HashToUInt64(file.AsSpan(HeadBytes), written))
            throw Bad(path, "its checksum does not match; it is damaged or was cut short");
        if (written != step)
            throw Bad(path, $"it is of step {written}, not of step {step}");
        file.AsSpan(HeadBytes, bytes).CopyTo(new Span<byte>(parameters.Values, bytes));
        file.AsSpan(HeadBytes + bytes).CopyTo(new Span<byte>(parameters.Squares, bytes));
    }

    private static VlpsException Bad(string path, string why) => new(VlpsProblem.BadFile, $"'{Path.GetFileName(path)}' cannot be read: {why}");
}
