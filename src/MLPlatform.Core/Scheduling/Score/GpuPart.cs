using MLPlatform.Core.Usage;
using static MLPlatform.Core.Scheduling.Score.Wording;

namespace MLPlatform.Core.Scheduling.Score;

/// <summary>The part of a score that is about GPUs.</summary>
internal static class GpuPart
{
    private const double Weight = 0.2;

    // Busier than this on average is busy.
    private const double Busy = 0.7;

    // A device of which so little is used, in time and memory, could be shared.
    private const double Shareable = 0.5;

    public static ScorePart? Of(JobFacts facts)
    {
        int milli = facts.Asked.MilliGpu;
        if (milli <= 0)
            return null;
        string asked = $"asked for {Number(milli / 1000.0)} GPU{(milli == 1000 ? "" : "s")}";
        (double whole, string left) = Granularity(milli, facts.Machine);
        GpuUsage[] told = [.. (UsageParts.Known(facts)?.Gpus ?? []).Where(g => g.AverageUtilization is not null)];
        if (told.Length == 0)
            return new ScorePart(ScoreAspect.Gpu, Weight, null, $"{asked}{left}; how busy {(milli <= 1000 ? "it was" : "they were")} is not known");
        double average = told.Average(g => g.AverageUtilization!.Value), peak = told.Max(g => g.PeakUtilization ?? g.AverageUtilization!.Value);
        double[] memory = [.. told.Where(g => g is { PeakMemoryBytes: not null, TotalBytes: > 0 }).Select(g => (double)g.PeakMemoryBytes!.Value / g.TotalBytes!.Value)];
        double value = Math.Min(1, Math.Max(average, memory.DefaultIfEmpty(0).Average()) / Busy) * whole;
        string kept = $"{asked}, busy {Percent(average)} of the time and {Percent(peak)} at most{(memory.Length == 0 ? "" : $", with {Percent(memory.Max())} of the memory")}";
        string advice = average >= Busy ? ""
            : milli == 1000 && peak <= Shareable && memory.Length > 0 && memory.Max() <= Shareable ? ": ask for 0.5"
            : milli > 1000 && average <= Shareable ? $": {Number(Math.Max(1, Math.Ceiling(milli / 1000.0 * average / Busy)))} might do"
            : ": look at what it waits for (input, copies)";
        return new ScorePart(ScoreAspect.Gpu, Weight, value, kept + advice + left);
    }

    /// <summary>The part of the devices it is on that others of its kind can use whole, and in words what stays over.</summary>
    private static (double Value, string Left) Granularity(int milli, Amount? machine)
    {
        if (milli < 1000)
        {
            int rest = 1000 % milli;
            return rest == 0 ? (1, "") : (1 - (rest / 1000.0), $"; {Number(rest / 1000.0)} of each GPU is too little for another like it");
        }
        if (machine is not { MilliGpu: >= 1000 } there)
            return (1, "");
        int gpus = milli / 1000, node = (int)(there.MilliGpu / 1000);
        int over = gpus <= node ? node % gpus : (node - (gpus % node)) % node;
        int taken = gpus <= node ? node : gpus + over;
        return over == 0 ? (1, "") : (1 - ((double)over / taken), $"; of the {node} GPUs of a machine {over} {(over == 1 ? "is" : "are")} too few for another like it");
    }
}
