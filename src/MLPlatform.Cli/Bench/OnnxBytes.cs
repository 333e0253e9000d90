using System.Buffers.Binary;
using System.Text;

namespace MLPlatform.Cli.Bench;

/// <summary>Writes small ONNX models by hand (protobuf fields by number), so that measuring needs no other tool.</summary>
internal static class OnnxBytes
{
    private const int Float = 1, Int64 = 7;

    /// <summary>Logistic regression on an embedding: ids int64 [n, f] and values float [n, f] to probability [n, 1].</summary>
    public static byte[] SparseLogistic(float[] weights, float bias) => Model(
        [
            Node("Gather", ["weights", "ids"], ["rows"]), Node("Mul", ["rows", "values"], ["terms"]), Node("ReduceSum", ["terms", "axis"], ["sum"]),
            Node("Add", ["sum", "bias"], ["margin"]), Node("Sigmoid", ["margin"], ["probability"]),
        ],
        [Floats("weights", [weights.Length], weights), Floats("bias", [1], [bias]), Longs("axis", [1], [1])],
        [Value("ids", Int64, "n", "f"), Value("values", Float, "n", "f")], [Value("probability", Float, "n", "1")]);

    /// <summary>Logistic regression on numbers: x float [n, k] to log-odds [n, 1].</summary>
    public static byte[] DenseLogits(float[] weights, float bias) => Model(
        [Node("MatMul", ["x", "weights"], ["product"]), Node("Add", ["product", "bias"], ["margin"])],
        [Floats("weights", [weights.Length, 1], weights), Floats("bias", [1], [bias])],
        [Value("x", Float, "n", weights.Length.ToString(System.Globalization.CultureInfo.InvariantCulture))], [Value("margin", Float, "n", "1")]);

    /// <summary>The sum of two columns, price float [n, 1] and clicks int64 [n], as two classes of which the first is nothing.</summary>
    public static byte[] Columns() => Model(
        [
            Node("Cast", ["clicks"], ["real"], ("to", Float)), Node("Unsqueeze", ["real", "axis"], ["column"]), Node("Add", ["price", "column"], ["sum"]),
            Node("Sub", ["sum", "sum"], ["nothing"]), Node("Concat", ["nothing", "sum"], ["classes"], ("axis", 1)),
        ],
        [Longs("axis", [1], [1])], [Value("price", Float, "n", "1"), Value("clicks", Int64, "n")], [Value("classes", Float, "n", "2")]);

    private static byte[] Model(byte[][] nodes, byte[][] initializers, byte[][] inputs, byte[][] outputs)
    {
        byte[] graph = [.. nodes.SelectMany(n => Bytes(1, n)), .. Text(2, "graph"), .. initializers.SelectMany(i => Bytes(5, i)), .. inputs.SelectMany(i => Bytes(11, i)), .. outputs.SelectMany(o => Bytes(12, o))];
        return [.. Number(1, 8), .. Bytes(7, graph), .. Bytes(8, [.. Text(1, ""), .. Number(2, 13)])];
    }

    private static byte[] Node(string type, string[] inputs, string[] outputs, (string Name, long Value)? attribute = null) =>
        [.. inputs.SelectMany(i => Text(1, i)), .. outputs.SelectMany(o => Text(2, o)), .. Text(4, type), .. attribute is { } a ? Bytes(5, [.. Text(1, a.Name), .. Number(3, a.Value), .. Number(20, 2)]) : []];

    private static byte[] Floats(string name, long[] shape, float[] values)
    {
        byte[] raw = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(i * 4), values[i]);
        return [.. shape.SelectMany(d => Number(1, d)), .. Number(2, Float), .. Text(8, name), .. Bytes(9, raw)];
    }

    private static byte[] Longs(string name, long[] shape, long[] values)
    {
        byte[] raw = new byte[values.Length * 8];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(raw.AsSpan(i * 8), values[i]);
        return [.. shape.SelectMany(d => Number(1, d)), .. Number(2, Int64), .. Text(8, name), .. Bytes(9, raw)];
    }

    // A dimension that is no number is a free one.
    private static byte[] Value(string name, int type, params string[] shape)
    {
        byte[] dimensions = [.. shape.SelectMany(d => Bytes(1, long.TryParse(d, out long size) ? Number(1, size) : Text(2, d)))];
        byte[] tensor = [.. Number(1, type), .. Bytes(2, dimensions)];
        return [.. Text(1, name), .. Bytes(2, Bytes(1, tensor))];
    }

    private static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, byte[] bytes) => [.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)bytes.Length), .. bytes];

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
