using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Onnx;

/// <summary>
/// Writes an ONNX model (IR version 8, operators of version 13) as protobuf, and needs no other tool for it. Values are known by their names, and nodes come in
/// the order in which they were added; the same calls give the same bytes.
/// </summary>
public sealed class OnnxGraph
{
    private const int IrVersion = 8, Operators = 13;

    // The kind of an attribute that is a whole number.
    private const int WholeNumber = 2;

    private readonly ProtoMessage _graph = new ProtoMessage().Text(2, "graph");
    private int _nodes;

    /// <summary>The largest file that there is: protobuf ends at 2 GiB. Only tests set another one.</summary>
    internal long MostBytes { get; init; } = int.MaxValue;

    /// <summary>Declares what a caller gives.</summary>
    /// <param name="shape">The dimensions; one that is no number is free.</param>
    /// <returns>The name.</returns>
    public string Input(string name, OnnxElement element, params string[] shape)
    {
        _graph.Message(11, Value(name, element, shape));
        return name;
    }

    /// <summary>Declares what a caller can ask for.</summary>
    /// <param name="value">What it is.</param>
    /// <param name="shape">The dimensions; one that is no number is free.</param>
    public void Output(string name, string value, OnnxElement element, params string[] shape)
    {
        Add("Identity", [value], name, []);
        _graph.Message(12, Value(name, element, shape));
    }

    /// <summary>Adds numbers that stand in the file.</summary>
    /// <returns>The name.</returns>
    public string Floats(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> values) => Constant(name, OnnxElement.Real, shape, MemoryMarshal.AsBytes(values));

    /// <summary>Adds whole numbers that stand in the file.</summary>
    /// <returns>The name.</returns>
    public string Longs(string name, ReadOnlySpan<long> shape, ReadOnlySpan<long> values) => Constant(name, OnnxElement.Whole, shape, MemoryMarshal.AsBytes(values));

    /// <summary>Adds a node of one output.</summary>
    /// <param name="type">The operator, as ONNX names it.</param>
    /// <returns>The name of the output: the operator's, with a number.</returns>
    public string Node(string type, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, long Value)> attributes)
    {
        string output = FormattableString.Invariant($"{type}/{++_nodes}");
        Add(type, inputs, output, attributes);
        return output;
    }

    /// <summary>The bytes of the file.</summary>
    public byte[] ToBytes()
    {
        using MemoryStream memory = new();
        foreach (ReadOnlyMemory<byte> piece in Model().Pieces)
            memory.Write(piece.Span);
        return memory.ToArray();
    }

    /// <summary>Writes the file.</summary>
    /// <returns>XXH3-64 of it.</returns>
    internal ulong Save(string path)
    {
        ProtoMessage model = Model();
        var hash = new XxHash3();
        using FileStream file = File.Create(path);
        foreach (ReadOnlyMemory<byte> piece in model.Pieces)
        {
            file.Write(piece.Span);
            hash.Append(piece.Span);
        }
        return hash.GetCurrentHashAsUInt64();
    }

    private ProtoMessage Model()
    {
        ProtoMessage model = new ProtoMessage().Number(1, IrVersion).Message(7, _graph).Message(8, new ProtoMessage().Text(1, "").Number(2, Operators));
        return model.Length <= MostBytes ? model : throw new VlpsException(VlpsProblem.Option, FormattableString.Invariant(
            $"the model as ONNX would have {model.Length:N0} bytes, and such files end at {MostBytes:N0}; make its dense part smaller: fewer or narrower layers"));
    }

    private void Add(string type, ReadOnlySpan<string> inputs, string output, ReadOnlySpan<(string Name, long Value)> attributes)
    {
        var node = new ProtoMessage();
        foreach (string input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(4, type);
        foreach ((string name, long value) in attributes)
            node.Message(5, new ProtoMessage().Text(1, name).Number(3, value).Number(20, WholeNumber));
        _graph.Message(1, node);
    }

    private string Constant(string name, OnnxElement element, ReadOnlySpan<long> shape, ReadOnlySpan<byte> raw)
    {
        var tensor = new ProtoMessage();
        foreach (long dimension in shape)
            tensor.Number(1, dimension);
        _graph.Message(5, tensor.Number(2, (long)element).Text(8, name).Bytes(9, raw.ToArray()));
        return name;
    }

    private static ProtoMessage Value(string name, OnnxElement element, string[] shape)
    {
        var dimensions = new ProtoMessage();
        foreach (string dimension in shape)
            dimensions.Message(1, long.TryParse(dimension, out long size) ? new ProtoMessage().Number(1, size) : new ProtoMessage().Text(2, dimension));
        ProtoMessage tensor = new ProtoMessage().Number(1, (long)element).Message(2, dimensions);
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, tensor));
    }
}

/// <summary>What a tensor is made of, by ONNX's numbers.</summary>
public enum OnnxElement
{
    /// <summary>32-bit floats.</summary>
    Real = 1,

    /// <summary>64-bit integers.</summary>
    Whole = 7,
}
