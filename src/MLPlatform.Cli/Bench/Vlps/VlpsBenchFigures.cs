using MLPlatform.Vlps.Tables;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>What <c>mlp bench vlps</c> is asked to do.</summary>
/// <param name="Rates">Learning rates to try; the one with the best AUC is measured.</param>
/// <param name="Torch">Folder of the torch script to run beside, or null.</param>
internal sealed record VlpsBenchRequest(
    int Rows, string Model, int Threads, int Batch, double[] Rates, int Repeats, bool AnyThreads, string? Torch, string Python, int TorchBatch, double[] TorchRates)
{
    /// <summary>How factors are kept; null for what models do where nothing is said.</summary>
    public Precision? Precision { get; init; }

    /// <summary>What rows are stepped by; null for what models do where nothing is said.</summary>
    public RowOptimizer? Optimizer { get; init; }
}

/// <summary>What it measured: one epoch over the first nine tenths of the rows, judged by the last tenth.</summary>
internal sealed record VlpsBenchFigures
{
    public required string Model { get; init; }
    public required int Rows { get; init; }
    public required int Threads { get; init; }
    public required int Batch { get; init; }

    /// <summary>How factors were kept and rows stepped, where that was asked for.</summary>
    public Precision? Precision { get; init; }

    public RowOptimizer? Optimizer { get; init; }

    /// <summary>Whether the weights do not depend on the number of threads.</summary>
    public required bool AnyThreads { get; init; }

    /// <summary>Of the rates that were tried, the one that was measured.</summary>
    public required double Rate { get; init; }

    /// <summary>Median of the repeats.</summary>
    public required double SamplesPerSecond { get; init; }

    public required IReadOnlyList<double> EachSamplesPerSecond { get; init; }

    /// <summary>Of a second pass over the same samples, where all ids have rows: no memory is new.</summary>
    public required IReadOnlyList<double> EachAgainPerSecond { get; init; }

    /// <summary>Of samples with as many different ids a batch, but the same ones in every batch: what computing takes where lines come from the processor's caches.</summary>
    public required IReadOnlyList<double> EachComputedPerSecond { get; init; }

    public required IReadOnlyList<double> EachAuc { get; init; }
    public required double Auc { get; init; }
    public required double LogLoss { get; init; }

    /// <summary>What the chances that the labels were drawn with would reach.</summary>
    public required double BestAuc { get; init; }

    public required double ClickRate { get; init; }
    public required double ScoredPerSecond { get; init; }
    public required long TableRows { get; init; }
    public required long TableMiB { get; init; }

    /// <summary>Operations of the matrix products for a sample, forward and back; 0 without any.</summary>
    public required long FlopsPerSample { get; init; }

    /// <summary>Bytes of a row: id, weights and what the optimizer keeps of them.</summary>
    public required int RowBytes { get; init; }

    /// <summary>Lines that a sample's ids touch if no two are alike: one of the index and those of the row for each.</summary>
    public required int LinesPerSample { get; init; }

    /// <summary>Medians of those that were measured right after each repeat.</summary>
    public required MachineLimits Limits { get; init; }

    public required IReadOnlyList<MachineLimits> EachLimits { get; init; }

    /// <summary>Samples a second over what the multiply-adds alone would allow, median of the repeats, each beside its own limits; null without matrix products.</summary>
    public double? OfFlops { get; init; }

    /// <summary>Samples a second over what reading the lines alone would allow, median of the repeats, each beside its own limits.</summary>
    public required double OfLines { get; init; }

    /// <summary>The same over what reading the lines and being given the table's memory would allow, one after the other: a first pass cannot do without either.</summary>
    public required double OfLinesAndMemory { get; init; }

    /// <summary>Samples a second of the second pass, which is given no memory, over what reading the lines alone would allow.</summary>
    public required double AgainOfLines { get; init; }

    public TorchFigures? Torch { get; init; }

    /// <summary>Runnable processes of the machine before, on average over a minute.</summary>
    public required double LoadBefore { get; init; }

    public required BenchMachine Machine { get; init; }
}

/// <summary>The torch script on the same data, run in turns with ours.</summary>
/// <param name="Rate">Of the rates that were tried, the one with the best AUC.</param>
/// <param name="Ratio">Median of ours over median of torch's.</param>
internal sealed record TorchFigures(
    string Version, int Batch, double Rate, double SamplesPerSecond, IReadOnlyList<double> EachSamplesPerSecond, double Auc, double Ratio);
