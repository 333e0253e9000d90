using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The dense weights as a file, little endian, by name.
/// <code>
/// 8 "VLPSDENS"   4 version (1)   4 parameters (n)
/// n × ( 4 bytes of the name, the name in UTF-8, 4 floats, the floats )
/// 8 XXH3-64 of all before
/// </code>
/// </summary>
internal static class DenseFile
{
    public const string Name = "dense.bin";

    private const int Version = 1;

    private static ReadOnlySpan<byte> Magic => "VLPSDENS"u8;

    /// <returns>The checksum, in hexadecimal.</returns>
    public static unsafe string Write(DenseParameters parameters, string path)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(Version);
            writer.Write(parameters.All.Count);
            foreach (Parameter parameter in parameters.All)
            {
                byte[] name = Encoding.UTF8.GetBytes(parameter.Name);
                writer.Write(name.Length);
                writer.Write(name);
                writer.Write(parameter.Length);
                writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<float>(parameters.Values + parameter.Offset, parameter.Length)));
            }
        }
        ulong hash = XxHash3.HashToUInt64(memory.GetBuffer().AsSpan(0, (int)memory.Length));
        memory.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in hash)));
        using FileStream file = File.Create(path);
        memory.WriteTo(file);
        return Hex(hash);
    }

    /// <summary>Reads the weights into a network's, which must have the same names and lengths.</summary>
    /// <param name="expected">The checksum that the file must have.</param>
    public static unsafe void Read(DenseParameters parameters, string path, string expected)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length < 24 || !bytes.AsSpan(0, 8).SequenceEqual(Magic))
            throw Bad("it is no file of dense weights");
        int version = MemoryMarshal.Read<int>(bytes.AsSpan(8));
        if (version != Version)
            throw Bad($"it has version {version}; this program reads version {Version}");
        ulong hash = XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8));
        if (hash != MemoryMarshal.Read<ulong>(bytes.AsSpan(bytes.Length - 8)))
            throw Bad("its checksum does not match; it is damaged or was cut short");
        if (Hex(hash) != expected)
            throw Bad("it is whole, but not the one that model.json was written with");
        ReadOnlySpan<byte> rest = bytes.AsSpan(16, bytes.Length - 24);
        bool fits = MemoryMarshal.Read<int>(bytes.AsSpan(12)) == parameters.All.Count;
        foreach (Parameter parameter in fits ? parameters.All : [])
        {
            byte[] name = Encoding.UTF8.GetBytes(parameter.Name);
            int floats = parameter.Length * sizeof(float);
            fits &= rest.Length >= 8 + name.Length + floats && MemoryMarshal.Read<int>(rest) == name.Length
                && rest.Slice(4, name.Length).SequenceEqual(name) && MemoryMarshal.Read<int>(rest[(4 + name.Length)..]) == parameter.Length;
            if (!fits)
                break;
            rest.Slice(8 + name.Length, floats).CopyTo(MemoryMarshal.AsBytes(new Span<float>(parameters.Values + parameter.Offset, parameter.Length)));
            rest = rest[(8 + name.Length + floats)..];
        }
        if (!fits || rest.Length > 0)
            throw Bad("its weights are not those of the declared model");
    }

    public static string Hex(ulong hash) => hash.ToString("x16", CultureInfo.InvariantCulture);

    private static VlpsException Bad(string why) => new(VlpsProblem.BadFile, $"the dense weights in '{Name}' cannot be read: {why}");
}
