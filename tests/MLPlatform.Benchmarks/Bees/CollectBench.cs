using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Benchmarks.Bees;

/// <summary>How many rows a second collection turns from CSV and JSON lines into Parquet: eight columns, two of them text, by event day.</summary>
internal static class CollectBench
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly ColumnSpec[] Columns =
    [
        new() { Name = "eventId", Type = ColumnType.String }, new() { Name = "at", Type = ColumnType.Timestamp },
        new() { Name = "user", Type = ColumnType.Int64 }, new() { Name = "item", Type = ColumnType.Int64 },
        new() { Name = "position", Type = ColumnType.Int64 }, new() { Name = "price", Type = ColumnType.Double },
        new() { Name = "clicked", Type = ColumnType.Bool }, new() { Name = "country", Type = ColumnType.String },
    ];

    public static async Task<int> RunAsync(string[] options)
    {
        int rows = options is ["--rows", var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 2_000_000;
        string root = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            string csv = Path.Combine(root, "events.csv"), jsonl = Path.Combine(root, "events.jsonl");
            Write(csv, jsonl, rows);
            List<object> results = [];
            foreach (string file in new[] { csv, jsonl })
                results.Add(await MeasureAsync(root, file, rows));
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "bees.collect",
                machine = new { cores = Environment.ProcessorCount, os = Environment.OSVersion.VersionString, runtime = Environment.Version.ToString() },
                results,
            }, Indented));
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>The best of three; the first of them also warms up.</summary>
    private static async Task<object> MeasureAsync(string root, string file, int rows)
    {
        (double wall, double cpu) = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < 3; i++)
        {
            BenchContext context = new(Directory.CreateTempSubdirectory("mlp-bench-").FullName);
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            Stopwatch watch = Stopwatch.StartNew();
            CollectBees.Outputs outputs = await new CollectBees().RunAsync(
                new() { Source = file, EventTime = "at", Columns = Columns, OnlyDeclared = true }, context, CancellationToken.None);
            (wall, cpu) = (Math.Min(wall, watch.Elapsed.TotalSeconds), Math.Min(cpu, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds));
            Directory.Delete(context.Root, recursive: true);
            if (outputs.Rows != rows)
                throw new InvalidOperationException($"{outputs.Rows} rows of {rows}");
        }
        return new
        {
            file = Path.GetFileName(file),
            mebibytes = new FileInfo(file).Length >> 20,
            rows,
            rowsPerSecond = Math.Round(rows / wall),
            rowsPerCpuSecond = Math.Round(rows / cpu),
            peakMemoryMiB = Process.GetCurrentProcess().PeakWorkingSet64 >> 20,
        };
    }

    private static void Write(string csv, string jsonl, int rows)
    {
        Random random = new(1);
        using StreamWriter first = new(csv), second = new(jsonl);
        first.Write("eventId,at,user,item,position,price,clicked,country\n");
        for (int i = 0; i < rows; i++)
        {
            string at = DateTime.UnixEpoch.AddSeconds(1.6e9 + i * 0.2).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            (int user, int item, int position, int cents) = (random.Next(100_000), random.Next(5_000), random.Next(10), random.Next(10_000));
            (string price, string clicked, int country) = ((cents / 100m).ToString(CultureInfo.InvariantCulture), random.Next(20) == 0 ? "true" : "false", random.Next(40));
            first.Write(string.Create(CultureInfo.InvariantCulture, $"e{i:x8},{at},{user},{item},{position},{price},{clicked},country-{country}\n"));
            second.Write(string.Create(CultureInfo.InvariantCulture,
                $$"""{"eventId":"e{{i:x8}}","at":"{{at}}","user":{{user}},"item":{{item}},"position":{{position}},"price":{{price}},"clicked":{{clicked}},"country":"country-{{country}}"}"""));
            second.Write("\n");
        }
    }
}
