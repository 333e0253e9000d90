using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Usage;

/// <summary>
/// What all the processes of an attempt use, from its first to whatever it started: at the last look, and since its start. It is
/// looked at about once a second, on a cluster as often as that tells, so the peaks miss what came and went between two looks.
/// </summary>
public sealed record AttemptUsage
{
    public required DateTimeOffset At { get; init; }

    /// <summary>From the attempt's start to this look, or to its end.</summary>
    public double Seconds { get; init; }

    /// <summary>Processes at the last look, on a cluster pods; 0 once it has ended.</summary>
    public int Processes { get; init; }

    /// <summary>Processor time of all of them since the start.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Cores kept busy between the last two looks.</summary>
    public double Cores { get; init; }

    /// <summary>Cores kept busy on average since the start.</summary>
    public double AverageCores => Seconds > 0 ? Math.Round(CpuSeconds / Seconds, 3) : 0;

    /// <summary>The most cores that were busy between two looks.</summary>
    public double PeakCores { get; init; }

    /// <summary>Memory at the last look. What processes share counts once.</summary>
    public long MemoryBytes { get; init; }
    public long PeakMemoryBytes { get; init; }

    /// <summary>GPUs that it is on; empty where there are none, or where nvidia-smi is not there to ask.</summary>
    public IReadOnlyList<GpuUsage> Gpus { get; init; } = [];

    /// <summary>What an attempt that has ended used, of what its executor told (<see cref="AttemptRow.ExecutionJson"/>); null where that is not known.</summary>
    public static AttemptUsage? Of(string? executionJson) =>
        executionJson is not null && JsonElement.Parse(executionJson) is { ValueKind: JsonValueKind.Object } facts && facts.TryGetProperty("usage", out JsonElement usage)
            ? usage.Deserialize(RunJson.Default.AttemptUsage) : null;
}

/// <summary>An attempt on a GPU, as nvidia-smi tells. What it does not tell is null.</summary>
public sealed record GpuUsage
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int Index { get; init; }
    public string Name { get; init; } = "";

    /// <summary>How busy the GPU is, from 0 to 1, with whoever else uses it.</summary>
    public double? Utilization { get; init; }
    public double? AverageUtilization { get; init; }
    public double? PeakUtilization { get; init; }

    /// <summary>Memory of the attempt's processes; where that is not told, of all that use the GPU.</summary>
    public long? MemoryBytes { get; init; }
    public long? PeakMemoryBytes { get; init; }
    public long? TotalBytes { get; init; }

    /// <summary>How many looks the average is of.</summary>
    public int Looks { get; init; }
}
