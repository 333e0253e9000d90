using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Onnx;

/// <summary>ONNX files in ONNX Runtime.</summary>
internal static class OnnxFile
{
    /// <summary>Opens a file for scoring with one thread a call: requests come side by side.</summary>
    /// <exception cref="VlpsException">It is no ONNX model.</exception>
    public static InferenceSession Open(string file)
    {
        using SessionOptions options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        try
        {
            return new InferenceSession(File.ReadAllBytes(file), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw OnnxScorer.Bad($"ONNX Runtime cannot read it: {e.Message}", e);
        }
    }

    /// <summary>What goes into a model and comes out of it, as the file says.</summary>
    public static (IReadOnlyList<InspectedTensor> Inputs, IReadOnlyList<InspectedTensor> Outputs) Describe(string file)
    {
        using InferenceSession session = Open(file);
        return ([.. session.InputMetadata.Select(Tensor)], [.. session.OutputMetadata.Select(Tensor)]);
    }

    private static InspectedTensor Tensor(KeyValuePair<string, NodeMetadata> value) => new(
        value.Key, string.Join(" × ", value.Value.Dimensions.Select((size, i) => size < 0 ? value.Value.SymbolicDimensions[i] : size.ToString(CultureInfo.InvariantCulture))));
}
