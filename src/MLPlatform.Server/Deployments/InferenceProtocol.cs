using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Server.Deployments;

/// <summary>The server, as the Open Inference Protocol v2 describes it.</summary>
public sealed record InferenceServer(string Name, string Version, IReadOnlyList<string> Extensions);

/// <summary>Whether the server is live.</summary>
public sealed record InferenceLive(bool Live);

/// <summary>Whether it can answer.</summary>
public sealed record InferenceReady(bool Ready);

/// <summary>Whether a model can answer.</summary>
public sealed record InferenceModelReady(string Name, bool Ready);

/// <summary>A model: a deployment, or one of the versions that it serves.</summary>
public sealed record InferenceModel(
    string Name, IReadOnlyList<string> Versions, string Platform, IReadOnlyList<TensorMetadata> Inputs, IReadOnlyList<TensorMetadata> Outputs);

/// <summary>A tensor that a model takes or gives; -1 stands for any size.</summary>
public sealed record TensorMetadata(string Name, string Datatype, IReadOnlyList<long> Shape);

/// <summary>Tensors to infer from.</summary>
/// <param name="Id">Names the request in impressions and feedback. Default: a new one.</param>
/// <param name="Parameters">
/// <c>key</c>: whose request it is; <c>k</c>: how many items a model of two towers finds for each row, 10 where nothing is said;
/// <c>binary_data_output</c>: whether outputs come as bytes behind the JSON.
/// </param>
/// <param name="Outputs">Default: all.</param>
public sealed record InferenceRequest(
    IReadOnlyList<RequestTensor> Inputs, string? Id = null, IReadOnlyDictionary<string, JsonElement>? Parameters = null, IReadOnlyList<RequestedOutput>? Outputs = null);

/// <summary>A tensor with its data, flat or nested, row by row.</summary>
/// <param name="Data">Absent where the data follow the JSON as bytes.</param>
/// <param name="Parameters"><c>binary_data_size</c>: how many bytes of what follows the JSON are this tensor's.</param>
public sealed record RequestTensor(
    string Name, IReadOnlyList<long> Shape, string Datatype, JsonElement? Data = null, IReadOnlyDictionary<string, JsonElement>? Parameters = null)
{
    [JsonIgnore]
    internal ReadOnlyMemory<byte>? Binary { get; init; }
}

/// <summary>An output that is asked for.</summary>
public sealed record RequestedOutput(string Name, IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>What was inferred.</summary>
public sealed record InferenceAnswer(
    [property: JsonPropertyName("model_name")] string ModelName, [property: JsonPropertyName("model_version")] string ModelVersion,
    string Id, IReadOnlyList<AnswerTensor> Outputs);

/// <summary>A tensor of the answer.</summary>
/// <param name="Data">A flat list, row by row: numbers, or texts of the datatype BYTES.</param>
public sealed record AnswerTensor(string Name, string Datatype, IReadOnlyList<long> Shape, object Data)
{
    internal static AnswerTensor Of(string name, IReadOnlyList<long> shape, IReadOnlyList<float> numbers) => new(name, "FP32", shape, numbers);

    internal static AnswerTensor Of(string name, IReadOnlyList<long> shape, IReadOnlyList<string> texts) => new(name, "BYTES", shape, texts);
}

/// <summary>What is wrong, as the protocol tells it.</summary>
public sealed record InferenceError(string Error);
