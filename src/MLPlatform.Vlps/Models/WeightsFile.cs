using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Models;

/// <summary>
/// The binary weights file, little endian: a header, the touched rows ascending, and the XXH3 of all that comes before it.
/// <code>
/// 8  "VLPSWGTS"          4  version (1)      4  kind          4  dim        4  hash bits
/// 4  1 with optimizer state, else 0          8  rows (n)      4  bias       4  squares of the bias
/// n × ( 4 row, 4 w, dim × 4 v  [, 4 squares of w, dim × 4 squares of v] )
/// 8  XXH3-64
/// </code>
/// </summary>
public static class WeightsFile
{
    public const int CurrentVersion = 1;

    private const int HeaderBytes = 44;

    private static ReadOnlySpan<byte> Magic => "VLPSWGTS"u8;

    /// <param name="model">The model.</param>
    /// <param name="file">Where to; replaced if there.</param>
    /// <param name="withOptimizer">Whether training can go on from it; costs as much again. Default: true.</param>
    public static void Save(VlpsModel model, string file, bool withOptimizer = true)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        var hash = new XxHash3();
        void Write(ReadOnlySpan<byte> bytes)
        {
            hash.Append(bytes);
            stream.Write(bytes);
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], CurrentVersion);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], (int)model.Kind);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], model.Dim);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], model.HashBits);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], withOptimizer ? 1 : 0);
        BinaryPrimitives.WriteInt64LittleEndian(header[28..], model.CountFeatures());
        BinaryPrimitives.WriteSingleLittleEndian(header[36..], model.Bias);
        BinaryPrimitives.WriteSingleLittleEndian(header[40..], model.BiasSquares);
        Write(header);

        var record = new byte[RecordBytes(model.Dim, withOptimizer)];
        for (uint row = 0; row < model.Table.Rows; row++)
        {
            if (!model.Table.IsTouched(row))
                continue;
            Pack(model.Table, row, record, withOptimizer);
            Write(record);
        }
        stream.Write(hash.GetCurrentHash());
    }

    public static VlpsModel Load(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var hash = new XxHash3();
        bool Read(Span<byte> bytes)
        {
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
                return false;
            hash.Append(bytes);
            return true;
        }

        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!Read(header) || !header[..8].SequenceEqual(Magic))
            throw Bad(file, "it is no weights file");
        int version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version != CurrentVersion)
            throw Bad(file, $"it has version {version}; this program reads version {CurrentVersion}");
        var kind = (ModelKind)BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        int dim = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        int hashBits = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
        bool withOptimizer = BinaryPrimitives.ReadInt32LittleEndian(header[24..]) == 1;
        long rows = BinaryPrimitives.ReadInt64LittleEndian(header[28..]);
        int recordBytes = RecordBytes(dim, withOptimizer);
        bool plausible = kind switch
        {
            ModelKind.LogisticRegression => dim == 0,
            ModelKind.FactorizationMachine => dim is >= 1 and <= WeightTable.MaxDim,
            _ => false,
        };
        if (!plausible || hashBits is < 4 or > 30 || rows > 1L << hashBits || stream.Length != HeaderBytes + rows * recordBytes + 8)
            throw Bad(file, "its length does not fit its header; it was cut short or damaged");

        var model = new VlpsModel(kind, dim, hashBits)
        {
            Bias = BinaryPrimitives.ReadSingleLittleEndian(header[36..]),
            BiasSquares = BinaryPrimitives.ReadSingleLittleEndian(header[40..]),
        };
        var record = new byte[recordBytes];
        for (long i = 0; i < rows; i++)
        {
            if (!Read(record) || !Unpack(model.Table, record, withOptimizer))
                throw Damaged(model, file);
        }
        Span<byte> expected = stackalloc byte[8];
        stream.ReadExactly(expected);
        return expected.SequenceEqual(hash.GetCurrentHash()) ? model : throw Damaged(model, file);
    }

    private static int RecordBytes(int dim, bool withOptimizer) => 4 + (withOptimizer ? 2 : 1) * (1 + dim) * sizeof(float);

    private static unsafe void Pack(WeightTable table, uint row, Span<byte> record, bool withOptimizer)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record, row);
        Span<float> floats = MemoryMarshal.Cast<byte, float>(record[4..]);
        float* from = table.Row(row);
        floats[0] = from[table.WeightOffset];
        new ReadOnlySpan<float>(from, table.Dim).CopyTo(floats[1..]);
        if (!withOptimizer)
            return;
        floats[1 + table.Dim] = from[table.WeightOffset + 1];
        new ReadOnlySpan<float>(from + table.Width, table.Dim).CopyTo(floats[(2 + table.Dim)..]);
    }

    private static unsafe bool Unpack(WeightTable table, ReadOnlySpan<byte> record, bool withOptimizer)
    {
        uint row = BinaryPrimitives.ReadUInt32LittleEndian(record);
        if (row >= table.Rows)
            return false;
        ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(record[4..]);
        float* to = table.Row(row);
        to[table.WeightOffset] = floats[0];
        floats.Slice(1, table.Dim).CopyTo(new Span<float>(to, table.Dim));
        new Span<float>(to + table.Width, table.Width).Fill(table.Width == 0 || withOptimizer ? 0 : 1);
        to[table.WeightOffset + 1] = withOptimizer ? floats[1 + table.Dim] : 1;
        if (withOptimizer)
        {
            floats.Slice(2 + table.Dim, table.Dim).CopyTo(new Span<float>(to + table.Width, table.Dim));
            // Lanes beyond dim never move, but their squares must not be 0: a step divides by their root.
            new Span<float>(to + table.Width + table.Dim, table.Width - table.Dim).Fill(1);
        }
        return true;
    }

    private static VlpsException Damaged(VlpsModel model, string file)
    {
        model.Dispose();
        return Bad(file, "its checksum does not match; it is damaged");
    }

    private static VlpsException Bad(string file, string why) =>
        new(VlpsProblem.BadFile, $"the weights in '{Path.GetFileName(file)}' cannot be read: {why}");
}
