using System.Globalization;
using MLPlatform.Vlps.Onnx;

namespace MLPlatform.Cli.Bench;

/// <summary>Small ONNX models, so that measuring needs no other tool.</summary>
internal static class OnnxBytes
{
    /// <summary>Logistic regression on an embedding: ids int64 [n, f] and values float [n, f] to probability [n, 1].</summary>
    public static byte[] SparseLogistic(float[] weights, float bias)
    {
        var graph = new OnnxGraph();
        string ids = graph.Input("ids", OnnxElement.Whole, "n", "f"), values = graph.Input("values", OnnxElement.Real, "n", "f");
        string rows = graph.Node("Gather", [graph.Floats("weights", [weights.Length], weights), ids]);
        string sum = graph.Node("ReduceSum", [graph.Node("Mul", [rows, values]), graph.Longs("axis", [1], [1])]);
        string margin = graph.Node("Add", [sum, graph.Floats("bias", [1], [bias])]);
        graph.Output("probability", graph.Node("Sigmoid", [margin]), OnnxElement.Real, "n", "1");
        return graph.ToBytes();
    }

    /// <summary>Logistic regression on numbers: x float [n, k] to log-odds [n, 1].</summary>
    public static byte[] DenseLogits(float[] weights, float bias)
    {
        var graph = new OnnxGraph();
        string x = graph.Input("x", OnnxElement.Real, "n", weights.Length.ToString(CultureInfo.InvariantCulture));
        string product = graph.Node("MatMul", [x, graph.Floats("weights", [weights.Length, 1], weights)]);
        graph.Output("margin", graph.Node("Add", [product, graph.Floats("bias", [1], [bias])]), OnnxElement.Real, "n", "1");
        return graph.ToBytes();
    }

    /// <summary>The sum of two columns, price float [n, 1] and clicks int64 [n], as two classes of which the first is nothing.</summary>
    public static byte[] Columns()
    {
        var graph = new OnnxGraph();
        string price = graph.Input("price", OnnxElement.Real, "n", "1"), clicks = graph.Input("clicks", OnnxElement.Whole, "n");
        string real = graph.Node("Cast", [clicks], ("to", (long)OnnxElement.Real));
        string sum = graph.Node("Add", [price, graph.Node("Unsqueeze", [real, graph.Longs("axis", [1], [1])])]);
        string nothing = graph.Node("Sub", [sum, sum]);
        graph.Output("classes", graph.Node("Concat", [nothing, sum], ("axis", 1)), OnnxElement.Real, "n", "2");
        return graph.ToBytes();
    }
}
