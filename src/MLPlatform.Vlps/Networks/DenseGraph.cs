using System.Globalization;
using System.IO.Hashing;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Onnx;

namespace MLPlatform.Vlps.Networks;

/// <summary>
/// The way forward of a network as an ONNX file: from what the rows of a sample's ids add up to, to chances and log-odds. Each part adds its nodes, in the order
/// of the way forward. Inputs and outputs are a contract, docs/model-format.md; names of weights and nodes begin otherwise, so that no field, part or
/// task can be named like another's.
/// </summary>
internal sealed class DenseGraph
{
    public const string FileName = "dense.onnx";

    private readonly OnnxGraph _graph = new();
    private readonly Network _network;
    private readonly Dictionary<Tensor, string> _tensors = [];
    private readonly Dictionary<string, string> _constants = [];
    private readonly HashSet<string> _weights = [];
    private readonly List<string>[] _terms, _biases;
    private string? _embeddings;

    private DenseGraph(Network network)
    {
        _network = network;
        (_terms, _biases) = ([.. network.Tasks.Select(_ => new List<string>())], [.. network.Tasks.Select(_ => new List<string>())]);
        if (network.Fields.Any(f => f.Layout.Linear))
            Linear = Input("linear", 1);
        Factors = [.. network.Fields.Where(f => f.Width > 0).Select(f => Input($"factors/{f.Name}", f.Width))];
        // Where rows are read directly, every id counts by itself, and squares of sums do not tell those of ids.
        if (network.SumWidth > 0 && network.Fields.Any(f => f.Many))
            Squares = Input("squares", 1);
        if (network.Numbers.Count > 0)
            Numbers = Input("numbers", network.Numbers.Count);
    }

    /// <summary>Of each sample the sum of its ids' linear weights, [n × 1]; null where rows have none.</summary>
    public string? Linear { get; }

    /// <summary>Of each field the factors of its ids, added up, [n × width]; none where rows have none.</summary>
    public IReadOnlyList<string> Factors { get; }

    /// <summary>Of each sample the sum of all squares of its ids' factors, [n × 1]; null where the fields' factors tell it.</summary>
    public string? Squares { get; }

    /// <summary>Numbers beside ids, [n × numbers]; null where there are none.</summary>
    public string? Numbers { get; }

    /// <summary>The factors of all fields beside each other.</summary>
    public string Embeddings => _embeddings ??= Beside([.. Factors]);

    /// <summary>Writes the file.</summary>
    /// <returns>XXH3-64 of it, in hexadecimal.</returns>
    public static string Write(Network network, string path)
    {
        var graph = new DenseGraph(network);
        foreach (Part part in network.Parts)
            part.Export(graph);
        new Objective(network.Tasks, corrected: true).Export(graph);
        return DenseFile.Hex(graph._graph.Save(path));
    }

    /// <summary>Reads the file through: a damaged or foreign one is refused.</summary>
    /// <param name="expected">The checksum that it must have.</param>
    public static void Verify(string path, string expected)
    {
        var hash = new XxHash3();
        using (FileStream file = File.OpenRead(path))
            hash.Append(file);
        if (DenseFile.Hex(hash.GetCurrentHashAsUInt64()) != expected)
            throw new VlpsException(VlpsProblem.BadFile, $"'{FileName}' is damaged, or not the one that model.json was written with: its checksum is another");
    }

    /// <summary>What stands for a tensor that parts hand on.</summary>
    public string this[Tensor tensor]
    {
        get => _tensors[tensor];
        set => _tensors[tensor] = value;
    }

    public string Node(string type, params ReadOnlySpan<string> inputs) => _graph.Node(type, inputs);

    /// <summary>Columns of several values beside each other.</summary>
    public string Beside(ReadOnlySpan<string> values) => values.Length == 1 ? values[0] : _graph.Node("Concat", values, ("axis", 1));

    /// <summary>Some columns of a value.</summary>
    public string Columns(string value, IReadOnlyList<int> columns) => _graph.Node("Gather", [value, Longs([.. columns.Select(c => (long)c)])], ("axis", 1));

    /// <summary>Of each sample the sum of its columns, [n × 1].</summary>
    public string Sum(string value) => Node("ReduceSum", value, Longs([1]));

    /// <summary>Whole numbers that an operator wants as an input: dimensions, or indices of columns.</summary>
    public string Longs(long[] values) => Once($"longs/{string.Join(',', values)}", name => _graph.Longs(name, [values.Length], values));

    public string Constant(float value) => Once($"constant/{value.ToString("R", CultureInfo.InvariantCulture)}", name => _graph.Floats(name, [1], [value]));

    /// <summary>The weights of a part as they lie.</summary>
    public unsafe ReadOnlySpan<float> Values(Parameter parameter) => new(_network.Parameters.Values + parameter.Offset, parameter.Length);

    /// <summary>Adds weights that lie row after row; padding behind them is left out.</summary>
    public string Weights(Parameter parameter, params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long dimension in shape)
            count *= dimension;
        return Weights(parameter, Values(parameter)[..(int)count], shape);
    }

    /// <summary>Adds other weights than those that lie there, made of them.</summary>
    public string Weights(Parameter parameter, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        // A part named a/1 may have a weight of the name that one of the first layer of a has. Names of weights never end in a number.
        string name = $"weights/{parameter.Name}";
        for (int other = 2; !_weights.Add(name); other++)
            name = FormattableString.Invariant($"weights/{parameter.Name}/{other}");
        return _graph.Floats(name, shape, values);
    }

    /// <summary>Adds weights [inputs × outputs] that lie in <see cref="Panels"/>.</summary>
    public string Matrix(Parameter parameter, int inputs, int outputs)
    {
        ReadOnlySpan<float> panels = Values(parameter);
        int padded = Panels.RoundUp(inputs, Panels.InputTile);
        float[] rows = new float[inputs * outputs];
        for (int i = 0; i < inputs; i++)
        {
            for (int o = 0; o < outputs; o++)
                rows[(i * outputs) + o] = panels[Panels.Weight(padded, i, o)];
        }
        return Weights(parameter, rows, inputs, outputs);
    }

    /// <summary>Adds [n × 1] to a head's log-odds.</summary>
    public void AddLogOdds(int head, string value) => _terms[head].Add(value);

    /// <summary>Adds one number to a head's log-odds.</summary>
    public void AddBias(int head, string value) => _biases[head].Add(value);

    /// <summary>What was added to a head's log-odds, [n × 1].</summary>
    public string LogOdds(int head) => Node("Sum", [.. _terms[head].Count > 0 ? _terms[head] : [Zeros()], .. _biases[head]]);

    public void Output(string name, string value, int width = 1) => _graph.Output(name, value, OnnxElement.Real, "n", Text(width));

    // A head that nothing but a bias is for has a value for each sample, too.
    private string Zeros()
    {
        (string input, int width) = Linear is not null ? (Linear, 1) : (Factors[0], _network.Fields[0].Width);
        return Node("MatMul", input, Once("zeros", name => _graph.Floats(name, [width, 1], new float[width])));
    }

    private string Input(string name, int width) => _graph.Input(name, OnnxElement.Real, "n", Text(width));

    private string Once(string name, Func<string, string> add)
    {
        if (!_constants.TryGetValue(name, out string? known))
            _constants.Add(name, known = add(name));
        return known;
    }

    private static string Text(int width) => width.ToString(CultureInfo.InvariantCulture);
}
