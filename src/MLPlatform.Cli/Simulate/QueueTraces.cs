using System.Globalization;
using MLPlatform.Core.Scheduling.Simulation;

namespace MLPlatform.Cli.Simulate;

/// <summary>Jobs that wait for devices, from traces of their own formats.</summary>
internal static class QueueTraces
{
    /// <summary>Microsoft's Philly, reduced to columns: <c>timestamp</c> (UTC), <c>duration</c> in seconds, <c>num_gpus</c>, and <c>cluster</c> where one is chosen.</summary>
    public static IReadOnlyList<QueueJob> Philly(string path, string? cluster) => FromFirst(
        TraceFile.Open(path).Rows.Where(r => cluster is null || r.Text("cluster") == cluster).Select(r => new QueueJob(r.Time("timestamp"), r.Number("duration"), Math.Max(1, r.Whole("num_gpus")))));

    /// <summary>
    /// The Standard Workload Format of the Parallel Workloads Archive: 18 numbers a line, of which the second is the submit time, the
    /// fourth the run time, the fifth the processors, the eighth those asked for and the ninth the time asked for; -1 is unknown.
    /// </summary>
    public static IReadOnlyList<QueueJob> Swf(string path)
    {
        List<QueueJob> jobs = [];
        int number = 0;
        foreach (string line in TraceFile.Lines(path))
        {
            number++;
            if (line.Length == 0 || line.StartsWith(';'))
                continue;
            double[] fields = [.. line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(f => double.TryParse(f, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
            if (fields.Length < 9 || fields.Take(9).Any(double.IsNaN))
                throw CliException.Usage("SIM-003", $"'{path}', line {number} is no record of the Standard Workload Format.", "It has 18 numbers, of which the first nine are looked at.");
            double processors = fields[4] > 0 ? fields[4] : fields[7];
            // A job that never ran has no run time or no processors; it takes no part.
            if (fields[3] >= 0 && processors > 0)
                jobs.Add(new QueueJob(fields[1], fields[3], (int)processors, Math.Max(fields[8], fields[3])));
        }
        return FromFirst(jobs);
    }

    private static IReadOnlyList<QueueJob> FromFirst(IEnumerable<QueueJob> jobs)
    {
        List<QueueJob> all = [.. jobs];
        double first = all.Count == 0 ? 0 : all.Min(j => j.Submitted);
        return [.. all.Select(j => j with { Submitted = j.Submitted - first })];
    }
}
