using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Features;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Benchmarks.Features;

/// <summary>
/// How long it takes to give a million labeled rows the features as they were known, out of ten million rows of which many
/// arrived late: making the versions by knowledge, and the join. A sample is compared with the plainest two-inequality query.
/// </summary>
internal static class FeatureBench
{
    private const int Entities = 200_000;
    private const long Start = 1_767_225_600_000_000; // 2026-01-01
    private const long Month = 30L * 86_400_000_000;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private const string Group = """
        { "id": "bench", "version": 1, "owner": "bench", "entity": [{ "name": "user", "type": "int64" }], "eventTime": "happened", "arrivalTime": "arrived",
          "features": [{ "name": "level", "type": "int64" }, { "name": "amount", "type": "double" }] }
        """;

    public static async Task<int> RunAsync(string[] options)
    {
        (long rows, long labels, int repeats) = (10_000_000, 1_000_000, 3);
        for (int i = 0; i + 1 < options.Length; i += 2)
        {
            long value = long.Parse(options[i + 1], CultureInfo.InvariantCulture);
            (rows, labels, repeats) = options[i] switch { "--rows" => (value, labels, repeats), "--labels" => (rows, value, repeats), "--repeats" => (rows, labels, (int)value), _ => throw new ArgumentException(options[i]) };
        }
        string root = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            FeatureBenchContext context = new(root);
            ArtifactRef source = await PutAsync(context, Source(rows)), labeled = await PutAsync(context, Labels(labels));
            string group = Path.Combine(root, "bench.json");
            await File.WriteAllTextAsync(group, Group);
            List<(double Wall, double Cpu, long Peak)> makes = [], joins = [];
            (ArtifactRef? features, ArtifactRef? joined, long versions) = (null, null, 0);
            for (int i = 0; i < repeats; i++)
            {
                makes.Add(await MeasureAsync(context, async () =>
                {
                    AggregateFeatures.Outputs made = await new AggregateFeatures().RunAsync(new() { Table = source, Group = group }, context, CancellationToken.None);
                    (features, versions) = (made.Table, made.Versions);
                }));
                joins.Add(await MeasureAsync(context, async () => joined = (await new JoinFeatures().RunAsync(
                    new() { Labels = labeled, Time = "at", Groups = [new JoinedGroup { Features = features! }] }, context, CancellationToken.None)).Table));
            }
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "features.join",
                machine = new { cores = Environment.ProcessorCount, os = Environment.OSVersion.VersionString, runtime = Environment.Version.ToString() },
                featureRows = rows,
                labelRows = labels,
                entities = Entities,
                versions,
                repeats,
                aggregate = Figures(makes),
                join = Figures(joins),
                sampledRowsThatDiffer = await DifferingAsync(context, source, joined!),
            }, Indented));
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    // Four in five arrive within a minute, one in five within an hour, one in a hundred within two days.
    private static string Source(long rows) => string.Create(CultureInfo.InvariantCulture, $"""
        SELECT (hash(i) % {Entities})::BIGINT AS "user", make_timestamp(e) AS happened,
          make_timestamp(e + (hash(i, 3) % (CASE WHEN hash(i, 4) % 100 = 0 THEN 172800000000 WHEN hash(i, 4) % 5 = 0 THEN 3600000000 ELSE 60000000 END))::BIGINT) AS arrived,
          (hash(i, 5) % 100)::BIGINT AS level, (hash(i, 6) % 1000000) / 7.0::DOUBLE AS amount
        FROM (SELECT range AS i, {Start} + (hash(range, 2) % {Month})::BIGINT AS e FROM range({rows}))
        """);

    private static string Labels(long rows) => string.Create(CultureInfo.InvariantCulture, $"""
        SELECT (hash(range, 7) % {Entities})::BIGINT AS "user", make_timestamp({Start} + (hash(range, 8) % {Month})::BIGINT) AS "at" FROM range({rows})
        """);

    private static async Task<ArtifactRef> PutAsync(FeatureBenchContext context, string sql)
    {
        context.NewScratch();
        string folder = Path.Combine(context.ScratchFolder, "made");
        using (DuckSession session = DuckSession.Open(context))
            session.Write(sql, folder, CancellationToken.None);
        return await context.Artifacts.PutFolderAsync(folder, "table", CancellationToken.None);
    }

    private static async Task<(double Wall, double Cpu, long Peak)> MeasureAsync(FeatureBenchContext context, Func<Task> act)
    {
        context.NewScratch();
        GC.Collect();
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5"); // The peak is counted anew.
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        Stopwatch watch = Stopwatch.StartNew();
        await act();
        double wall = watch.Elapsed.TotalSeconds, cpu = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        string peak = (await File.ReadAllLinesAsync("/proc/self/status")).First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return (wall, cpu, long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) >> 10);
    }

    private static object Figures(List<(double Wall, double Cpu, long Peak)> all) => new
    {
        wallSecondsMedian = Math.Round(Median(all.Select(a => a.Wall)), 2),
        wallSecondsLeast = Math.Round(all.Min(a => a.Wall), 2),
        cpuSecondsMedian = Math.Round(Median(all.Select(a => a.Cpu)), 2),
        peakMemoryMiB = all.Max(a => a.Peak),
    };

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    /// <summary>A thousandth of the joined rows against what two inequalities at each row's time give.</summary>
    private static async Task<long> DifferingAsync(FeatureBenchContext context, ArtifactRef source, ArtifactRef joined)
    {
        context.NewScratch();
        using DuckSession session = DuckSession.Open(context);
        await session.AttachAsync("source", source, CancellationToken.None);
        await session.AttachAsync("joined", joined, CancellationToken.None);
        return session.Count("""
            SELECT count(*) FROM (
              SELECT s.i, any_value(s.level) AS level, any_value(s.amount) AS amount, arg_max(r.level, (r.happened, r.arrived)) AS level2, arg_max(r.amount, (r.happened, r.arrived)) AS amount2
              FROM (SELECT * FROM (SELECT row_number() OVER () AS i, * FROM joined) WHERE i % 1000 = 0) s
              LEFT JOIN source r ON r."user" = s."user" AND r.happened <= s."at" AND r.arrived <= s."at" GROUP BY s.i)
            WHERE level IS DISTINCT FROM level2 OR amount IS DISTINCT FROM amount2
            """);
    }
}
