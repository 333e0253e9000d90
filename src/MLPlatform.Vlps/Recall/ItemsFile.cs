using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Vlps.Recall;

/// <summary>What <c>model.json</c> says of the items that a model finds.</summary>
/// <param name="File">The file of their keys and vectors.</param>
/// <param name="Key">The column that their keys are of.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Checksum">XXH3-64 of the file's content before its last 8 bytes, in hexadecimal.</param>
public sealed record ItemsSection(string File, string Key, int Count, string Checksum);

/// <summary>Items that can be found: keys, and vectors of the right tower in memory.</summary>
/// <param name="Keys">Of each item, in the order of the vectors.</param>
public sealed record KnownItems(IReadOnlyList<string> Keys, VectorCatalogue Vectors) : IDisposable
{
    public void Dispose() => Vectors.Dispose();
}

/// <summary>
/// The items that a model finds as a file, little endian.
/// <code>
/// 8 "VLPSITEM"   4 version (1)   4 numbers of a vector   4 items   4 zeros
/// items × ( 4 bytes of the key, the key in UTF-8, the vector in floats )
/// 8 XXH3-64 of all before
/// </code>
/// </summary>
internal static class ItemsFile
{
    public const string Name = "items.bin";

    private const int Version = 1, HeaderBytes = 24, LongestKey = 1 << 16;

    private static ReadOnlySpan<byte> Magic => "VLPSITEM"u8;

    public static ItemsSection Write(string folder, string column, KnownItems items)
    {
        var hash = new XxHash3();
        using (FileStream file = File.Create(Path.Combine(folder, Name)))
        {
            void Put(ReadOnlySpan<byte> bytes)
            {
                hash.Append(bytes);
                file.Write(bytes);
            }

            Put(Magic);
            Put(MemoryMarshal.AsBytes<int>([Version, items.Vectors.Width, items.Keys.Count, 0]));
            float[] vector = new float[items.Vectors.Width];
            for (int item = 0; item < items.Keys.Count; item++)
            {
                byte[] key = Encoding.UTF8.GetBytes(items.Keys[item]);
                items.Vectors.Get(item, vector);
                Put(MemoryMarshal.AsBytes<int>([key.Length]));
                Put(key);
                Put(MemoryMarshal.AsBytes(vector.AsSpan()));
            }
            file.Write(MemoryMarshal.AsBytes<ulong>([hash.GetCurrentHashAsUInt64()]));
        }
        return new ItemsSection(Name, column, items.Keys.Count, DenseFile.Hex(hash.GetCurrentHashAsUInt64()));
    }

    /// <param name="width">Numbers of the right tower's vectors.</param>
    public static KnownItems Read(string path, ItemsSection section, int width)
    {
        using FileStream file = File.OpenRead(path);
        var items = new KnownItems(new string[section.Count], new VectorCatalogue(width));
        try
        {
            Read(file, section, (string[])items.Keys, items.Vectors);
            return items;
        }
        catch (EndOfStreamException)
        {
            items.Dispose();
            throw Bad("it is cut short");
        }
        catch
        {
            items.Dispose();
            throw;
        }
    }

    private static void Read(FileStream file, ItemsSection section, string[] keys, VectorCatalogue vectors)
    {
        var hash = new XxHash3();
        void Take(Span<byte> into)
        {
            file.ReadExactly(into);
            hash.Append(into);
        }

        byte[] header = new byte[HeaderBytes];
        Take(header);
        int[] numbers = MemoryMarshal.Cast<byte, int>(header.AsSpan(8)).ToArray();
        if (!header.AsSpan(0, 8).SequenceEqual(Magic) || numbers[0] != Version)
            throw Bad("it is no file of items of a version that this program reads");
        if (numbers[1] != vectors.Width || numbers[2] != keys.Length)
            throw Bad($"it has {numbers[2]} items of {numbers[1]} numbers; model.json says {keys.Length}, and the right tower gives {vectors.Width}");
        float[] vector = new float[vectors.Width];
        int[] length = new int[1];
        for (int item = 0; item < keys.Length; item++)
        {
            Take(MemoryMarshal.AsBytes(length.AsSpan()));
            byte[] key = new byte[length[0] is >= 0 and <= LongestKey ? length[0] : throw Bad("it is damaged")];
            Take(key);
            Take(MemoryMarshal.AsBytes(vector.AsSpan()));
            keys[item] = Encoding.UTF8.GetString(key);
            vectors.Add(vector);
        }
        ulong[] expected = new ulong[1];
        file.ReadExactly(MemoryMarshal.AsBytes(expected.AsSpan()));
        if (expected[0] != hash.GetCurrentHashAsUInt64() || DenseFile.Hex(expected[0]) != section.Checksum)
            throw Bad("it is damaged, or not the one that model.json was written with");
    }

    private static VlpsException Bad(string why) => new(VlpsProblem.BadFile, $"'{Name}' cannot be read: {why}");
}
