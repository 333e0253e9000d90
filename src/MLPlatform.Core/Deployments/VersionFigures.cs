namespace MLPlatform.Core.Deployments;

/// <summary>The figures of one version over a stretch of time.</summary>
/// <param name="Errors">Requests that it failed to answer.</param>
/// <param name="LatencyP50">Milliseconds that scoring or finding took, within an eighth of an octave.</param>
/// <param name="Positives">Impressions with positive feedback.</param>
/// <param name="ClickThrough">Positives over impressions.</param>
/// <param name="Auc">Null where there is one class only. It, log loss and calibration are null where items were found: inner products are no probabilities.</param>
/// <param name="Calibration">Sum of scores over positives; 1 is right on average.</param>
public sealed record VersionFigures(
    int Version, long Requests, long Errors, double? ErrorRate, double? LatencyP50, double? LatencyP99, long Impressions, long Positives,
    double? ClickThrough, double? Auc, double? LogLoss, double? Calibration)
{
    /// <summary>What came of the lists of items that it found; null where it found none, but scored.</summary>
    public FoundFigures? Found { get; init; }

    /// <summary>Milliseconds that the p99 is surely above: three standard errors below it.</summary>
    public double? LatencyP99Low { get; init; }

    /// <summary>Milliseconds that the p99 is surely below: three standard errors above it; null before there are about 900 requests to tell by.</summary>
    public double? LatencyP99High { get; init; }

    /// <summary>The standard error of the AUC; null with fewer than two of a class.</summary>
    public double? AucError { get; init; }

    /// <summary>The standard error of the log loss.</summary>
    public double? LogLossError { get; init; }

    /// <summary>The standard error of the calibration.</summary>
    public double? CalibrationError { get; init; }
}
