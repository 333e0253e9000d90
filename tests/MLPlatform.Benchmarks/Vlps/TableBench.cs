using System.Diagnostics;
using System.Text.Json;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Benchmarks.Vlps;

/// <summary>The embedding table by itself: how fast, how large, how long it pauses, beside what the machine's memory can do.</summary>
internal static class TableBench
{
    private const int Batch = 4096;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static int Run(string[] options)
    {
        long features = Sample.Number(options, "--features", 20_000_000);
        string folder = Directory.CreateTempSubdirectory("mlp-bench-table-").FullName;
        try
        {
            Warm();
            Console.WriteLine(JsonSerializer.Serialize(Measure(features, folder), Json));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static object Measure(long features, string folder)
    {
        var size = new TableSize(Sample.Layout, features);
        double lines1 = LineRate.Measure(size.RowBytes, 1), lines2 = LineRate.Measure(size.RowBytes, 2);
        long before = Sample.Resident();
        (double inserts1, EmbeddingTable alone) = Insert(features, 1);
        long resident = Sample.Resident() - before, bytes = alone.Bytes;
        double find1 = Touch(alone, features, 1), find2 = Touch(alone, features, 2);
        alone.Dispose();
        (double inserts2, EmbeddingTable table) = Insert(features, 2);
        (double longest, double usual) = Pauses(features);

        string full = Path.Combine(folder, "full"), delta = Path.Combine(folder, "delta"), keyed = Path.Combine(folder, "keyed");
        (double save, CheckpointSummary saved) = Timed(() => TableCheckpoint.SaveFull(table, full, 1));
        ulong digest = table.Digest();
        (double load, EmbeddingTable loaded) = Timed(() => TableCheckpoint.Load(full).Table);
        bool equal = loaded.Digest() == digest && loaded.Count == table.Count;
        loaded.Dispose();
        (double writeKeyed, _) = Timed(() => { KeyedFile.Write(table, keyed, 1); return 0; });
        ulong[] some = [.. Enumerable.Range(0, 1_000_000).Select(n => Ids.Of(n))];
        table.FindOrAdd(some, [], 2, new uint[some.Length]);
        (double writeDelta, long deltaRows) = Timed(() => KeyedFile.WriteDelta(table, delta, 1, 2).Rows);
        using KeyedRows rows = KeyedRows.Open(keyed);
        float[] values = new float[Batch * rows.Layout.Values];
        double keyedFinds = FindKeyed(rows, features, values);
        (double apply, _) = Timed(() => { rows.Apply(delta); return 0; });
        table.Dispose();
        return new
        {
            benchmark = "vlps.table",
            machine = Sample.Machine(),
            features,
            rowBytes = Sample.Layout.Bytes,
            memory = new { bytesAFeature = (double)bytes / features, residentBytesAFeature = (double)resident / features, predicted = size.BytesAFeature },
            randomLinesMillionsASecond = new { oneThread = lines1, twoThreads = lines2 },
            insertsMillionsASecond = new { oneThread = inserts1, twoThreads = inserts2 },
            findOrAddOfPresentMillionsASecond = new { oneThread = find1, twoThreads = find2 },
            growing = new { longestCallOf256Microseconds = longest, medianCallOf256Microseconds = usual },
            checkpoint = new { saved.FileBytes, saveMBASecond = saved.FileBytes / save / 1e6, restoreMBASecond = saved.FileBytes / load / 1e6, restoredEqual = equal },
            keyed = new
            {
                fileBytes = new FileInfo(keyed).Length,
                writeSeconds = writeKeyed,
                findsMillionsASecond = keyedFinds,
                deltaRows,
                writeDeltaSeconds = writeDelta,
                applyDeltaSeconds = apply,
            },
        };
    }

    // Compiles everything at its best before anything is measured.
    private static void Warm()
    {
        for (int i = 0; i < 3; i++)
        {
            (_, EmbeddingTable table) = Insert(300_000, 2);
            Touch(table, 300_000, 1);
            table.Digest();
            table.Dispose();
        }
    }

    private static EmbeddingTable New() => new(new TableOptions { Layout = Sample.Layout });

    private static (double MillionsASecond, EmbeddingTable Table) Insert(long features, int threads)
    {
        EmbeddingTable table = New();
        return (Touch(table, features, threads), table);
    }

    private static double Touch(EmbeddingTable table, long features, int threads)
    {
        long ticks = 0;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
        {
            List<ulong> ids = [];
            uint[] rows = new uint[Batch * threads];
            long own = 0;
            for (long from = 0; from < features; from += Batch * threads)
            {
                Ids.Fill(table, from, (int)Math.Min(Batch * threads, features - from), thread, threads, ids);
                long began = Stopwatch.GetTimestamp();
                table.FindOrAdd(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids), [], 1, rows.AsSpan(0, ids.Count));
                own += Stopwatch.GetTimestamp() - began;
            }
            Interlocked.Add(ref ticks, own);
        });
        return features / ((double)ticks / threads / Stopwatch.Frequency) / 1e6;
    }

    private static (double Longest, double Median) Pauses(long features)
    {
        using EmbeddingTable table = New();
        const int Call = 256;
        ulong[] ids = new ulong[Call];
        uint[] rows = new uint[Call];
        var times = new long[features / Call];
        for (long call = 0; call < times.Length; call++)
        {
            for (int i = 0; i < Call; i++)
                ids[i] = Ids.Of(call * Call + i);
            long began = Stopwatch.GetTimestamp();
            table.FindOrAdd(ids, [], 1, rows);
            times[call] = Stopwatch.GetTimestamp() - began;
        }
        Array.Sort(times);
        return (times[^1] * 1e6 / Stopwatch.Frequency, times[times.Length / 2] * 1e6 / Stopwatch.Frequency);
    }

    private static double FindKeyed(KeyedRows rows, long features, float[] values)
    {
        ulong[] ids = new ulong[Batch];
        long ticks = 0, found = 0, asked = 0;
        for (long from = 0; from < features; from += Batch)
        {
            for (int i = 0; i < Batch; i++)
                ids[i] = Ids.Of(from + i);
            long began = Stopwatch.GetTimestamp();
            found += rows.Find(ids, values);
            ticks += Stopwatch.GetTimestamp() - began;
            asked += Batch;
        }
        return found >= features ? asked / ((double)ticks / Stopwatch.Frequency) / 1e6 : throw new InvalidOperationException($"{features - found} rows are not in the keyed file");
    }

    private static (double Seconds, T Result) Timed<T>(Func<T> work)
    {
        long began = Stopwatch.GetTimestamp();
        T result = work();
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, result);
    }
}
