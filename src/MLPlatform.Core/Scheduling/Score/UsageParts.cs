using MLPlatform.Core.Usage;
using static MLPlatform.Core.Scheduling.Score.Wording;

namespace MLPlatform.Core.Scheduling.Score;

/// <summary>The parts of a score that are about cores and memory.</summary>
internal static class UsageParts
{
    private const double CpuWeight = 0.2, MemoryWeight = 0.2;

    // What is used is looked at about once a second; in less than so many seconds that tells nothing.
    private const double LeastSeconds = 5;

    // Memory may be a little more the next time.
    private const double Spare = 1.2;

    public static ScorePart? Cpu(JobFacts facts)
    {
        double asked = facts.Asked.MilliCpu / 1000.0, gpus = Math.Max(1, facts.Asked.MilliGpu / 1000.0);
        if (asked <= 0)
            return null;
        bool perGpu = facts.Asked.MilliGpu > 1000;
        string each = perGpu ? " a GPU" : "";
        if (Known(facts) is not { } usage)
            return new ScorePart(ScoreAspect.Cpu, CpuWeight, null, $"asked for {Asked(asked / gpus)}{each}; {Unknown(facts)}");
        double enough = Cores(usage.PeakCores / gpus) * gpus;
        string used = $"asked for {Asked(asked / gpus)}{each}, used {Number(usage.AverageCores / gpus)} on average and {Number(usage.PeakCores / gpus)} at most";
        double value = Math.Min(1, enough / asked);
        string advice = enough < asked ? $"{used}: ask for {Number(enough / gpus)}"
            : usage.AverageCores > asked ? $"{used}: ask for {Number(enough / gpus)}, others need theirs" : used;
        // More cores for each GPU than the machine has for each of its own leave GPUs that nobody can use.
        if (facts.Asked.MilliGpu > 0 && facts.Machine is { MilliGpu: > 0 } machine)
        {
            double there = (double)machine.MilliCpu / machine.MilliGpu, wanted = (double)facts.Asked.MilliCpu / facts.Asked.MilliGpu;
            if (wanted > there)
            {
                value = Math.Min(value, there / wanted);
                advice += $"; its machine has {Asked(there)} a GPU, so GPUs beside it stay without";
            }
        }
        return new ScorePart(ScoreAspect.Cpu, CpuWeight, value, advice);
    }

    public static ScorePart? Memory(JobFacts facts)
    {
        long asked = facts.Asked.MemoryBytes;
        AttemptUsage? usage = Known(facts);
        if (asked <= 0)
            return usage is null ? null : new ScorePart(ScoreAspect.Memory, MemoryWeight, null, $"declares no memory, used {Bytes(usage.PeakMemoryBytes)} at most: ask for {Bytes(Enough(usage))}");
        if (usage is null)
            return new ScorePart(ScoreAspect.Memory, MemoryWeight, null, $"asked for {Bytes(asked)}; {Unknown(facts)}");
        string used = $"asked for {Bytes(asked)}, used {Bytes(usage.PeakMemoryBytes)} at most";
        long enough = Enough(usage);
        return new ScorePart(ScoreAspect.Memory, MemoryWeight, Math.Min(1, (double)enough / asked), enough < asked ? $"{used}: ask for {Bytes(enough)}" : used);
    }

    private static string Asked(double cores) => $"{Number(cores)} {(cores == 1 ? "core" : "cores")}";

    internal static AttemptUsage? Known(JobFacts facts) => facts.Usage is { } usage && usage.Seconds >= LeastSeconds ? usage : null;

    internal static string Unknown(JobFacts facts) =>
        facts.Usage is { } usage ? $"it ran {Number(usage.Seconds)} s, too short to tell what it uses" : "what it used is not known";

    // Halves of cores up to four, then whole ones.
    private static double Cores(double peak) => peak <= 4 ? Math.Max(0.5, Math.Ceiling((peak * 2) - 0.05) / 2) : Math.Ceiling(peak - 0.05);

    // In steps of 64 MiB, from a gibibyte on of a quarter, from eight on of whole ones.
    private static long Enough(AttemptUsage usage)
    {
        const long mebibyte = 1 << 20;
        double wanted = usage.PeakMemoryBytes * Spare;
        long step = wanted < 1024 * mebibyte ? 64 * mebibyte : wanted < 8192 * mebibyte ? 256 * mebibyte : 1024 * mebibyte;
        return Math.Max(step, (long)Math.Ceiling(wanted / step) * step);
    }
}
