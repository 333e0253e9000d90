using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Benchmarks.Vlps;

/// <summary>
/// A table as large as the machine: trained by one process, saved in full and as a delta, killed while it trains on, and
/// restored by another, which must come to the same digest.
/// </summary>
internal static class ScaleBench
{
    private const int Batch = 8192;
    private const int Threads = 2;
    private const uint FirstPass = 1, Changes = 2, Later = 3;

    private static readonly JsonSerializerOptions Line = new(JsonSerializerDefaults.Web);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static int Run(string[] options)
    {
        long features = Sample.Number(options, "--features", 200_000_000);
        string folder = Sample.Option(options, "--folder") ?? Path.Combine(Path.GetTempPath(), "mlp-vlps-scale");
        Directory.CreateDirectory(folder);
        return Sample.Option(options, "--phase") switch
        {
            "train" => Train(features, folder),
            "restore" => Restore(features, folder),
            _ => Whole(features, folder, Sample.Option(options, "--out")),
        };
    }

    private static int Whole(long features, string folder, string? output)
    {
        try
        {
            JsonElement trained = TrainAndKill(features, folder);
            using Process restoring = Start("restore", features, folder);
            JsonElement restored = Read(restoring.StandardOutput.ReadToEnd());
            restoring.WaitForExit();
            bool equal = restored.GetProperty("digest").GetString() == trained.GetProperty("digest").GetString()
                && restored.GetProperty("rows").GetInt64() == trained.GetProperty("rows").GetInt64();
            var size = new TableSize(Sample.Layout, features);
            string result = JsonSerializer.Serialize(new
            {
                benchmark = "vlps.scale",
                machine = Sample.Machine(),
                features,
                restoredEqual = equal,
                trained,
                restored,
                predicted = new { size.BytesAFeature, size.MemoryBytes, size.CheckpointBytes },
                machinesFor30BillionFeatures = new[] { 64L, 256, 1024 }.Select(gib => new { gib, machines = TableSize.Machines(Sample.Layout, 30_000_000_000, gib << 30, 0.8) }),
            }, Json);
            Console.WriteLine(result);
            if (output is not null)
                File.WriteAllText(output, result + "\n");
            return equal ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The child trains on after it has saved, so the kill meets a table that is changing.
    private static JsonElement TrainAndKill(long features, string folder)
    {
        using Process training = Start("train", features, folder);
        JsonElement trained = Read(training.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the training process said nothing"));
        training.Kill();
        training.WaitForExit();
        return trained;
    }

    private static Process Start(string phase, long features, string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(typeof(ScaleBench).Assembly.Location);
        foreach (string argument in new[] { "vlps-scale", "--phase", phase, "--folder", folder, "--features", features.ToString(CultureInfo.InvariantCulture) })
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static JsonElement Read(string text) => JsonDocument.Parse(text).RootElement;

    private static int Train(long features, string folder)
    {
        using var table = new EmbeddingTable(new TableOptions { Layout = Sample.Layout });
        double first = Pass(table, 0, features, FirstPass);
        double again = Pass(table, 0, Math.Min(features, 40_000_000), FirstPass);
        (double full, CheckpointSummary saved) = Timed(() => TableCheckpoint.SaveFull(table, Path.Combine(folder, "full"), FirstPass));
        double changed = Pass(table, features / 2, features / 100, Changes);
        (double delta, CheckpointSummary changes) = Timed(() => TableCheckpoint.SaveDelta(table, Path.Combine(folder, "delta"), FirstPass, Changes));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            rows = table.Count,
            digest = table.Digest().ToString("x16", CultureInfo.InvariantCulture),
            bytesAFeature = (double)table.Bytes / table.Count,
            residentGiB = Sample.Resident() / (double)(1 << 30),
            newFeaturesTrainedMillionsASecond = features / first / 1e6,
            knownFeaturesTrainedMillionsASecond = Math.Min(features, 40_000_000) / again / 1e6,
            fullCheckpoint = new { saved.FileBytes, seconds = full, mbASecond = saved.FileBytes / full / 1e6 },
            deltaCheckpoint = new { changes.Rows, changes.FileBytes, trainedSeconds = changed, seconds = delta },
        }, Line));
        for (uint stamp = Later; ; stamp++)
            Pass(table, 0, features, stamp);
    }

    private static int Restore(long features, string folder)
    {
        (double load, (EmbeddingTable Table, uint Stamp) loaded) = Timed(() => TableCheckpoint.Load(Path.Combine(folder, "full")));
        using EmbeddingTable table = loaded.Table;
        (double apply, _) = Timed(() => TableCheckpoint.Apply(table, loaded.Stamp, Path.Combine(folder, "delta")));
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            rows = table.Count,
            digest = table.Digest().ToString("x16", CultureInfo.InvariantCulture),
            residentGiB = Sample.Resident() / (double)(1 << 30),
            loadSeconds = load,
            loadMillionRowsASecond = features / load / 1e6,
            applyDeltaSeconds = apply,
        }, Line));
        return 0;
    }

    /// <summary>Looks up, counts and trains ids once, each thread in partitions of its own; returns seconds.</summary>
    private static double Pass(EmbeddingTable table, long from, long count, uint stamp) => Timed(() =>
    {
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
        {
            List<ulong> ids = [];
            uint[] rows = new uint[Batch];
            for (long at = from; at < from + count; at += Batch)
            {
                Ids.Fill(table, at, (int)Math.Min(Batch, from + count - at), thread, Threads, ids);
                Span<ulong> own = CollectionsMarshal.AsSpan(ids);
                table.FindOrAdd(own, [], stamp, rows.AsSpan(0, own.Length));
                Sample.Step(table, own, rows.AsSpan(0, own.Length));
            }
        });
        return 0;
    }).Seconds;

    private static (double Seconds, T Result) Timed<T>(Func<T> work)
    {
        long began = Stopwatch.GetTimestamp();
        T result = work();
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, result);
    }
}
