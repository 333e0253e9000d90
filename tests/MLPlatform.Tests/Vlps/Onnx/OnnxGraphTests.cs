using Microsoft.ML.OnnxRuntime;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Onnx;
using Xunit;

namespace MLPlatform.Tests.Vlps.Onnx;

public sealed class OnnxGraphTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_says_what_goes_in_and_comes_out()
    {
        using InferenceSession session = new(Doubled(most: int.MaxValue).ToBytes());
        Assert.Equal((typeof(float), "-1,3", "n"), Of(session.InputMetadata["x"]));
        Assert.Equal((typeof(float), "-1,3", "n"), Of(session.OutputMetadata["doubled"]));
        static (Type, string, string) Of(NodeMetadata value) => (value.ElementType, string.Join(',', value.Dimensions), value.SymbolicDimensions[0]);
    }

    [Fact]
    public void A_file_beyond_what_protobuf_holds_is_refused_and_not_begun()
    {
        string path = Path.Combine(_folder, "big.onnx");
        VlpsException problem = Assert.Throws<VlpsException>(() => Doubled(most: 100).Save(path));
        Assert.Equal("ML-006", problem.Code);
        Assert.Contains("end at 100", problem.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
        Assert.NotEqual(0ul, Doubled(most: 1000).Save(path));
    }

    private static OnnxGraph Doubled(long most)
    {
        var graph = new OnnxGraph { MostBytes = most };
        string x = graph.Input("x", OnnxElement.Real, "n", "3");
        graph.Output("doubled", graph.Node("Mul", [x, graph.Floats("two", [1], [2])]), OnnxElement.Real, "n", "3");
        return graph;
    }
}
