using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using MLPlatform.Vlps.Spill;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Benchmarks.Vlps;

/// <summary>A table whose cold rows are on disk: filled with more rows than fit into memory, then trained with skewed ids.</summary>
internal static class TierBench
{
    private const int Batch = 8192;
    private const int IdsASample = 39;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static int Run(string[] options)
    {
        long features = Sample.Number(options, "--features", 20_000_000), hot = Sample.Number(options, "--hot", features / 8);
        int skew = (int)Sample.Number(options, "--skew", 6), seconds = (int)Sample.Number(options, "--seconds", 60);
        string folder = Sample.Option(options, "--folder") ?? Path.GetTempPath();
        string path = Path.Combine(folder, "mlp-vlps-tier.cold");
        using var table = new EmbeddingTable(new TableOptions
        {
            Layout = Sample.Layout,
            WhenFull = WhenFull.Spill,
            Spill = new SpillOptions { Path = path, HotRows = hot },
        });
        uint stamp = 0;
        double fill = Fill(table, features, ref stamp);
        long filled = table.Count, cold = table.ColdRows, disk = new FileInfo(path).Length;
        (long ids, long distinct, double took) = Train(table, features, skew, seconds, ref stamp);
        string result = JsonSerializer.Serialize(new
        {
            benchmark = "vlps.tier",
            machine = Sample.Machine(),
            features = filled,
            hotRows = filled - cold,
            coldRows = cold,
            memoryGiB = table.Bytes / (double)(1 << 30),
            residentGiB = Sample.Resident() / (double)(1 << 30),
            fileGiB = disk / (double)(1 << 30),
            newFeaturesTrainedMillionsASecond = filled / fill / 1e6,
            skewed = new
            {
                idsDrawnAs = $"features * u^{skew}, u even in 0 to 1",
                seconds = took,
                lookupsASecond = ids / took,
                distinctLookupsASecond = distinct / took,
                samplesASecond = ids / took / IdsASample,
                idsASample = IdsASample,
            },
        }, Json);
        Console.WriteLine(result);
        if (Sample.Option(options, "--out") is { } output)
            File.WriteAllText(output, result + "\n");
        return 0;
    }

    private static double Fill(EmbeddingTable table, long features, ref uint stamp)
    {
        List<ulong> ids = [];
        uint[] rows = new uint[Batch];
        long began = Stopwatch.GetTimestamp();
        for (long at = 0; at < features; at += Batch)
        {
            Ids.Fill(table, at, (int)Math.Min(Batch, features - at), 0, 1, ids);
            Span<ulong> own = CollectionsMarshal.AsSpan(ids);
            table.FindOrAdd(own, [], ++stamp, rows.AsSpan(0, own.Length));
            Sample.Step(table, own, rows.AsSpan(0, own.Length));
        }
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // As a trainer does it: the ids of a batch of samples, each once, with how often it occurs.
    private static (long Ids, long Distinct, double Seconds) Train(EmbeddingTable table, long features, int skew, int seconds, ref uint stamp)
    {
        var random = new Random(1);
        Dictionary<ulong, ushort> counts = [];
        (long drawn, long distinct) = (0, 0);
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
        {
            counts.Clear();
            for (int i = 0; i < Batch * 4; i++)
                CollectionsMarshal.GetValueRefOrAddDefault(counts, Ids.Of((long)(features * Math.Pow(random.NextDouble(), skew))), out _)++;
            ulong[] ids = [.. counts.Keys];
            uint[] rows = new uint[ids.Length];
            table.FindOrAdd(ids, [.. counts.Values], ++stamp, rows);
            Sample.Step(table, ids, rows);
            (drawn, distinct) = (drawn + Batch * 4, distinct + ids.Length);
        }
        return (drawn, distinct, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}
