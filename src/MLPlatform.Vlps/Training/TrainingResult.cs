using MLPlatform.Vlps.Recall;

namespace MLPlatform.Vlps.Training;

/// <param name="Epoch">From 1.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Samples">Samples trained on so far, over all epochs.</param>
/// <param name="SamplesPerSecond">Over all so far, reading included.</param>
/// <param name="LogLoss">Mean over this epoch so far; each sample is predicted before it is learned from.</param>
/// <param name="Fraction">From 0 to 1.</param>
/// <param name="Ended">What the epoch gave, once it has ended.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, long Samples, double SamplesPerSecond, double LogLoss, double Fraction, EpochResult? Ended = null)
{
    /// <summary>The area under the curve of the latest block, each sample predicted before it is learned from; null where it has one class only.</summary>
    public double? LatestAuc { get; init; }

    /// <summary>Something about the samples that a person should know; null mostly.</summary>
    public string? Warning { get; init; }
}

/// <param name="Epoch">From 1.</param>
/// <param name="LogLoss">
/// Mean over the epoch; each sample is predicted before it is learned from. Of towers over samples with label 1, of the chance of their own right side among those of
/// their chunk.
/// </param>
/// <param name="ValidationLogLoss">After the epoch; null without a validation source. Of towers as <see cref="RecallFigures.Loss"/>.</param>
/// <param name="ValidationAuc">After the epoch; null without a validation source, where it holds one class only, or of towers.</param>
public sealed record EpochResult(int Epoch, double LogLoss, double? ValidationLogLoss, double? ValidationAuc)
{
    /// <summary>The area under the curve of the epoch's last block, each sample predicted before it is learned from; null where it has one class only.</summary>
    public double? LatestAuc { get; init; }

    /// <summary>Of towers, how far up they put the right sides of the validation rows; null of other models, or without a validation source.</summary>
    public RecallFigures? ValidationRecall { get; init; }
}
