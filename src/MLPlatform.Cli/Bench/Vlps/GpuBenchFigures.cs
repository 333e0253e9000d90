using MLPlatform.Core.Usage;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>What <c>mlp bench vlps-gpu</c> is asked to do.</summary>
/// <param name="Batches">Each is trained with; a larger one keeps a GPU busier and learns in fewer steps.</param>
/// <param name="Rates">Learning rates to try; the one with the best AUC is measured.</param>
/// <param name="Repeats">Trainings from the beginning that are measured, at least.</param>
/// <param name="Seconds">How long they are repeated, at least: use is sampled every few seconds.</param>
/// <param name="Gpu">What the training asks for, as pipelines write it; "0" trains on the CPU alone.</param>
/// <param name="Cpu">Whether torch is measured on the CPU beside it.</param>
/// <param name="Threads">Threads that vlps is measured with, each.</param>
internal sealed record GpuBenchRequest(int Rows, int[] Batches, double[] Rates, int Repeats, double Seconds, string Gpu, bool Cpu, string Python, int[] Threads);

/// <summary>One model on the same clicks: by torch as an attempt of the platform, and by vlps on the processor of the same machine.</summary>
internal sealed record GpuBenchFigures
{
    public string Model { get; } = "deepfm";
    public required int Rows { get; init; }

    /// <summary>The first GPU that nvidia-smi names; null where there is none.</summary>
    public required GpuFacts? Gpu { get; init; }
    public required IReadOnlyList<TorchTraining> Torch { get; init; }
    public required IReadOnlyList<CpuTraining> Vlps { get; init; }

    /// <summary>Runnable processes of the machine before, on average over a minute.</summary>
    public required double LoadBefore { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>What samples/torch-click told, and what the platform saw of its attempt.</summary>
internal sealed record TorchTraining
{
    public required TorchOutputs Told { get; init; }

    /// <summary>From the attempt's start to its end, in seconds: starting torch, reading and judging included.</summary>
    public required double Seconds { get; init; }
    public required AttemptUsage? Usage { get; init; }
    public required ActivityScore? Score { get; init; }

    /// <summary>Points of the metric <c>auc</c> that came through the tracking API.</summary>
    public required int TrackedPoints { get; init; }
}

/// <param name="CudaVisibleDevices">As the attempt saw it; null where it was not set.</param>
/// <param name="PeakDeviceMiB">The most memory that torch had of the GPU.</param>
internal sealed record TorchOutputs(
    string Device, string DeviceName, string Torch, string? Cuda, string? CudaVisibleDevices, string Precision, int Threads, int Batch, double Rate,
    double SamplesPerSecond, IReadOnlyList<double> EachSamplesPerSecond, double Auc, IReadOnlyList<double> EachAuc, double LogLoss, long? PeakDeviceMiB);

/// <summary>vlps on the same samples.</summary>
/// <param name="BestAuc">What the chances that the labels were drawn with would reach.</param>
/// <param name="OfFlops">Samples a second over what the machine's multiply-adds alone would allow.</param>
internal sealed record CpuTraining(
    int Threads, int Batch, double Rate, double SamplesPerSecond, IReadOnlyList<double> EachSamplesPerSecond, double Auc, double LogLoss, double BestAuc, double? OfFlops, double LoadBefore)
{
    public static CpuTraining From(VlpsBenchFigures f) =>
        new(f.Threads, f.Batch, f.Rate, f.SamplesPerSecond, f.EachSamplesPerSecond, f.Auc, f.LogLoss, f.BestAuc, f.OfFlops, f.LoadBefore);
}
