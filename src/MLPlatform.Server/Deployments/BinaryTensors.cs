using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>Tensors of the protocol's extension for binary data: values one after another, the lowest byte first; texts follow their length.</summary>
internal static class BinaryTensors
{
    /// <summary>Fills a column that was reset to the datatype's kind. Returns what is wrong, or null; not-a-number counts as missing.</summary>
    public static string? Fill(Column column, string datatype, ReadOnlySpan<byte> bytes, int rows)
    {
        if (datatype == "BYTES")
            return FillTexts(column, bytes, rows);
        int size = SizeOf(datatype);
        if (bytes.Length != (long)size * rows)
            return $"has {bytes.Length} bytes of binary data; {rows} values of {datatype} have {(long)size * rows}";
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<byte> value = bytes.Slice(row * size, size);
            if (column.Kind == ColumnKind.Real)
                AddReal(column, value);
            else if (datatype == "UINT64" && BinaryPrimitives.ReadUInt64LittleEndian(value) > long.MaxValue)
                return $"holds {BinaryPrimitives.ReadUInt64LittleEndian(value)}; whole numbers go up to {long.MaxValue} here";
            else
                column.Add(datatype == "BOOL" ? value[0] == 0 ? 0 : 1 : Whole(datatype, value));
        }
        return null;
    }

    /// <summary>The values of an answer.</summary>
    public static byte[] ToBytes(AnswerTensor tensor)
    {
        if (tensor.Data is IReadOnlyList<float> numbers)
        {
            byte[] all = new byte[numbers.Count * sizeof(float)];
            for (int i = 0; i < numbers.Count; i++)
                BinaryPrimitives.WriteSingleLittleEndian(all.AsSpan(i * sizeof(float)), numbers[i]);
            return all;
        }
        ArrayBufferWriter<byte> bytes = new();
        foreach (string text in (IReadOnlyList<string>)tensor.Data)
        {
            int length = Encoding.UTF8.GetByteCount(text);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(4), length);
            bytes.Advance(4);
            bytes.Advance(Encoding.UTF8.GetBytes(text, bytes.GetSpan(length)));
        }
        return bytes.WrittenSpan.ToArray();
    }

    private static int SizeOf(string datatype) => datatype switch
    {
        "BOOL" or "INT8" or "UINT8" => 1,
        "INT16" or "UINT16" or "FP16" => 2,
        "INT32" or "UINT32" or "FP32" => 4,
        _ => 8,
    };

    private static void AddReal(Column column, ReadOnlySpan<byte> value)
    {
        double real = value.Length switch
        {
            2 => (double)BinaryPrimitives.ReadHalfLittleEndian(value),
            4 => BinaryPrimitives.ReadSingleLittleEndian(value),
            _ => BinaryPrimitives.ReadDoubleLittleEndian(value),
        };
        if (double.IsNaN(real))
            column.AddMissing();
        else
            column.Add(real);
    }

    private static long Whole(string datatype, ReadOnlySpan<byte> value) => datatype switch
    {
        "INT8" => (sbyte)value[0],
        "UINT8" => value[0],
        "INT16" => BinaryPrimitives.ReadInt16LittleEndian(value),
        "UINT16" => BinaryPrimitives.ReadUInt16LittleEndian(value),
        "INT32" => BinaryPrimitives.ReadInt32LittleEndian(value),
        "UINT32" => BinaryPrimitives.ReadUInt32LittleEndian(value),
        _ => BinaryPrimitives.ReadInt64LittleEndian(value),
    };

    private static string? FillTexts(Column column, ReadOnlySpan<byte> bytes, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            if (bytes.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is var length && length > bytes.Length - 4)
                return $"has binary data that ends within text {row} of {rows}";
            ReadOnlySpan<byte> text = bytes.Slice(4, (int)length);
            if (!Utf8.IsValid(text))
                return $"holds a text {row} that is no UTF-8";
            column.Add(text);
            bytes = bytes[(4 + (int)length)..];
        }
        return bytes.Length == 0 ? null : $"has {bytes.Length} bytes of binary data behind its {rows} texts";
    }
}
