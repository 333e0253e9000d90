namespace MLPlatform.Vlps.Onnx;

/// <summary>How rows become the tensors of an ONNX model, and where its score is.</summary>
public sealed record OnnxSection
{
    public OnnxLayout Layout { get; init; }

    /// <summary>For dense: the columns, in the order of the tensor.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>For sparse: an id becomes the row (id · 0x9E3779B97F4A7C15) >> (64 − hashBits) of an embedding. From 4 to 30.</summary>
    public int HashBits { get; init; } = 20;

    /// <summary>The output that holds the score. Default: the first of floating point.</summary>
    public string? Output { get; init; }

    /// <summary>Which of several values of a row counts. Default: the last.</summary>
    public int? Class { get; init; }

    /// <summary>Whether the output is the log-odds, and not the probability. Default: false.</summary>
    public bool Logits { get; init; }
}

/// <summary>How rows become tensors.</summary>
public enum OnnxLayout
{
    /// <summary>Each input is a column of its name, shape [n] or [n, 1].</summary>
    Columns,

    /// <summary>One input of floats, shape [n, columns]; a missing value is NaN.</summary>
    Dense,

    /// <summary>The fitted features in front: <c>ids</c> int64 [n, f] and <c>values</c> float [n, f], rows padded with value 0.</summary>
    Sparse,
}
