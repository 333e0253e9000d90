namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>That somebody held something for a while.</summary>
/// <param name="Pool">The pool it was of.</param>
/// <param name="Group">For whom; empty for none.</param>
public sealed record HeldSpan(string Pool, string Group, Amount Amount, DateTimeOffset Since, DateTimeOffset Until);

/// <summary>What was held on the mean in each step of a time, by some name.</summary>
/// <param name="Cpu">Cores.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="Gpu">Devices.</param>
public sealed record HeldSeries(string Name, IReadOnlyList<double> Cpu, IReadOnlyList<double> Memory, IReadOnlyList<double> Gpu);

/// <summary>Use over time, from when attempts began and ended.</summary>
public static class HeldOverTime
{
    /// <summary>The mean of each step between two instants, by name and in the names' order; what a step holds is by how much of it was covered.</summary>
    public static IReadOnlyList<HeldSeries> Of(IEnumerable<HeldSpan> spans, Func<HeldSpan, string> nameOf, DateTimeOffset from, DateTimeOffset to, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        double length = (to - from).TotalSeconds / steps;
        SortedDictionary<string, double[,]> sums = new(StringComparer.Ordinal);
        foreach (HeldSpan span in spans)
        {
            double start = Math.Max(0, (span.Since - from).TotalSeconds), end = Math.Min((to - from).TotalSeconds, (span.Until - from).TotalSeconds);
            if (end <= start)
                continue;
            if (!sums.TryGetValue(nameOf(span), out double[,]? of))
                sums[nameOf(span)] = of = new double[3, steps];
            for (int step = (int)(start / length); step < steps && step * length < end; step++)
            {
                double part = (Math.Min(end, (step + 1) * length) - Math.Max(start, step * length)) / length;
                of[0, step] += part * span.Amount.MilliCpu / 1000;
                of[1, step] += part * span.Amount.MemoryBytes;
                of[2, step] += part * span.Amount.MilliGpu / 1000;
            }
        }
        return [.. sums.Select(s => new HeldSeries(s.Key, Row(s.Value, 0), Row(s.Value, 1), Row(s.Value, 2)))];
    }

    private static double[] Row(double[,] of, int row) => [.. Enumerable.Range(0, of.GetLength(1)).Select(i => Math.Round(of[row, i], 4))];
}
