using MLPlatform.Vlps.Models;

namespace MLPlatform.Server.Deployments;

/// <summary>What models give by the protocol: a score for each row, or of a model of two towers the items that it finds for each.</summary>
internal static class InferenceOutputs
{
    private const string Score = "score", Item = "item";

    public static IReadOnlyList<TensorMetadata> Of(ModelFolder model) => model.Towers.Count == 0
        ? [new TensorMetadata(Score, "FP32", [-1])]
        : [new TensorMetadata(Item, "BYTES", [-1, -1]), new TensorMetadata(Score, "FP32", [-1, -1])];

    public static IReadOnlyList<AnswerTensor> Of(Scored scored) => [AnswerTensor.Of(Score, [scored.Scores.Length], scored.Scores)];

    public static IReadOnlyList<AnswerTensor> Of(FoundItems found)
    {
        long[] shape = [found.Keys.Count / found.Most, found.Most];
        return [AnswerTensor.Of(Item, shape, found.Keys), AnswerTensor.Of(Score, shape, found.Scores)];
    }
}
