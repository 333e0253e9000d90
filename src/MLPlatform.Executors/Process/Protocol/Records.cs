using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>How each limit was set; null where it was not asked for.</summary>
/// <param name="Memory"><c>cgroup-v2</c>, <c>cgroup-v1</c>, <c>rlimit-data</c> or <c>none</c>.</param>
/// <param name="Cpu"><c>cgroup-v2-weight</c>, <c>cgroup-v1-shares</c> or <c>nice</c>.</param>
/// <param name="Pids">As memory.</param>
/// <param name="Why">Why a better way was not open, where one was not.</param>
internal sealed record LimitsApplied(string? Memory, string? Cpu, string? Pids, string? Why);

/// <summary>The process that runs an attempt (<c>process.json</c>).</summary>
/// <param name="Boot">The boot it belongs to.</param>
/// <param name="StartTicks">When it started, in clock ticks since that boot.</param>
/// <param name="Cgroups">Its control groups' folders.</param>
/// <param name="CpuTicksBefore">What a warm worker had used of the processor before this attempt, in clock ticks.</param>
internal sealed record ProcessRecord(
    int Pid, string Boot, long StartTicks, DateTimeOffset At, bool Worker, LimitsApplied? Limits, IReadOnlyList<string> Cgroups, long CpuTicksBefore = 0);

/// <summary>How an attempt ended (<c>exit.json</c>).</summary>
internal sealed record ExitRecord
{
    public required DateTimeOffset At { get; init; }
    public int? Pid { get; init; }

    /// <summary>The exit code, unless a signal ended it or it never started.</summary>
    public int? Code { get; init; }

    /// <summary>The signal that ended it.</summary>
    public int? Signal { get; init; }

    /// <summary>The kernel ended a process of it for want of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>It was told to stop.</summary>
    public bool Stopped { get; init; }

    /// <summary>Nobody saw how it ended.</summary>
    public bool Lost { get; init; }

    /// <summary>What the worker, or the supervisor before a process was there, says about the failure.</summary>
    public Failure? Failure { get; init; }
    public long? PeakMemoryBytes { get; init; }

    /// <summary>The memory limit it ran under.</summary>
    public long? MemoryLimitBytes { get; init; }

    /// <summary>Processor time of its main process and the children it waited for.</summary>
    public double? CpuSeconds { get; init; }

    /// <summary>Processes that it left behind and that were killed.</summary>
    public int LeftBehind { get; init; }
    public LimitsApplied? Limits { get; init; }
}

/// <summary>The one part of a log that was left out: bytes from <see cref="From"/> up to <see cref="To"/>.</summary>
internal sealed record LogGap(long From, long To);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ProcessRecord))]
[JsonSerializable(typeof(ExitRecord))]
[JsonSerializable(typeof(LogGap))]
[JsonSerializable(typeof(AttemptUsage))]
[JsonSerializable(typeof(ToSupervisor))]
[JsonSerializable(typeof(FromSupervisor))]
[JsonSerializable(typeof(ToWorker))]
[JsonSerializable(typeof(FromWorker))]
internal sealed partial class ProtocolJson : JsonSerializerContext;
