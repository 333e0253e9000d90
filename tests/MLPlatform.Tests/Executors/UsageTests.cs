using MLPlatform.Core.Usage;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>How what an attempt uses is added up from what /proc and nvidia-smi tell.</summary>
public sealed class UsageTests
{
    private const string Devices = """
        0, GPU-aa, NVIDIA H100 80GB HBM3, 37, 1024, 81559
        1, GPU-bb, NVIDIA H100 80GB HBM3, [N/A], [N/A], 81559
        """;

    private DateTimeOffset _now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_time_of_children_counts_once_whether_they_run_were_waited_for_or_were_left()
    {
        AttemptMeter meter = Meter();
        AttemptUsage usage = Look(meter, At(1, cpu: 100), At(2, cpu: 50, parent: 1), At(3, cpu: 30, parent: 99));
        Assert.Equal((1.8, 1.8, 3), (usage.CpuSeconds, usage.Cores, usage.Processes));
        // 2 was waited for by its parent, which counts its 60 ticks now; 3 was nobody's, and left 30 behind.
        usage = Look(meter, At(1, cpu: 100 + 60 + 40));
        Assert.Equal((2.3, 0.5, 1.8), (usage.CpuSeconds, usage.Cores, usage.PeakCores));
        Assert.Equal(1.15, usage.AverageCores);
        usage = Look(meter, At(1, cpu: 250)); // A zombie not waited for yet is missing for a moment; time never runs back.
        Assert.Equal(2.8, usage.CpuSeconds);
    }

    [Fact]
    public void A_warm_worker_is_not_charged_for_earlier_attempts()
    {
        AttemptUsage usage = Look(Meter(before: 500), At(1, cpu: 600));
        Assert.Equal(1, usage.CpuSeconds);
    }

    [Fact]
    public void What_an_earlier_supervisor_saw_is_kept()
    {
        AttemptMeter first = Meter();
        Look(first, 500, null, At(1, cpu: 100), At(2, cpu: 200, parent: 99));
        AttemptUsage seen = Look(first, 100, null, At(1, cpu: 100));
        AttemptMeter second = Meter(seen: seen);
        AttemptUsage usage = Look(second, 200, null, At(1, cpu: 150));
        Assert.Equal((3.0, 3.0, 200, 500), (usage.CpuSeconds, usage.PeakCores, usage.MemoryBytes, usage.PeakMemoryBytes));
        Assert.Equal(4, Look(second, At(1, cpu: 250)).CpuSeconds);
    }

    [Fact]
    public void Nvidia_smi_is_read_with_what_it_leaves_open()
    {
        Assert.Equal(
            [new GpuDevice(0, "GPU-aa", "NVIDIA H100 80GB HBM3", 0.37, 1L << 30, 81559L << 20), new GpuDevice(1, "GPU-bb", "NVIDIA H100 80GB HBM3", null, null, 81559L << 20)],
            NvidiaSmi.Devices("warning: persistence mode is off\n" + Devices + "\n"));
        Assert.Equal([new GpuProcess(7, "GPU-aa", 512L << 20), new GpuProcess(8, "GPU-bb", null)], NvidiaSmi.Processes("7, GPU-aa, 512\n8, GPU-bb, [Insufficient Permissions]\n\n"));
        Assert.Empty(NvidiaSmi.Devices("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"));
    }

    [Fact]
    public void An_attempt_has_the_gpus_its_processes_are_on_with_averages_and_peaks()
    {
        AttemptMeter meter = Meter();
        GpuUsage gpu = Assert.Single(Look(meter, Reading(1, "1, GPU-aa, 300\n2, GPU-aa, 200\n77, GPU-bb, 9", busy: 40), At(1), At(2)).Gpus);
        Assert.Equal((0, 0.4, 500L << 20), (gpu.Index, gpu.Utilization, gpu.MemoryBytes));
        Assert.Equal(1, Look(meter, Reading(1, "", busy: 90), At(1)).Gpus[0].Looks); // The same reading is not counted again.
        gpu = Look(meter, Reading(2, "1, GPU-aa, 100", busy: 80), At(1)).Gpus[0];
        Assert.Equal((0.8, 0.6, 0.8, 100L << 20, 500L << 20), (gpu.Utilization, gpu.AverageUtilization, gpu.PeakUtilization, gpu.MemoryBytes, gpu.PeakMemoryBytes));
        gpu = Look(meter, Reading(3, "", busy: 80), At(1)).Gpus[0];
        Assert.Equal((0.0, 0L, 500L << 20), (gpu.Utilization, gpu.MemoryBytes, gpu.PeakMemoryBytes)); // It left the GPU.
    }

    [Fact]
    public void Where_its_processes_have_other_numbers_the_gpus_it_declared_are_its_own()
    {
        GpuUsage gpu = Assert.Single(Look(Meter(visible: ["1"]), Reading(1, "4711, GPU-bb, 300", busy: 5), At(1)).Gpus);
        Assert.Equal((1, null, null), (gpu.Index, gpu.Utilization, gpu.MemoryBytes));
    }

    private AttemptMeter Meter(long before = 0, AttemptUsage? seen = null, string[]? visible = null) => new(_now, before, seen, visible ?? []);

    private AttemptUsage Look(AttemptMeter meter, params SeenProcess[] tree) => Look(meter, 0, null, tree);

    private AttemptUsage Look(AttemptMeter meter, GpuReading gpus, params SeenProcess[] tree) => Look(meter, 0, gpus, tree);

    private AttemptUsage Look(AttemptMeter meter, long memory, GpuReading? gpus, params SeenProcess[] tree) => meter.Look(_now += TimeSpan.FromSeconds(1), tree, memory, gpus);

    private static GpuReading Reading(int number, string processes, int busy) =>
        new(number, NvidiaSmi.Devices(Devices.Replace(" 37,", $" {busy},", StringComparison.Ordinal)), NvidiaSmi.Processes(processes));

    private static SeenProcess At(int pid, long cpu = 0, int parent = 0) => new(pid, parent, 5, cpu);
}
