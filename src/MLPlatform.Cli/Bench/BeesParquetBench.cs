using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MLPlatform.Cli.Bench;

/// <summary>What <c>mlp bench bees --what parquet</c> measured: medians of the repeats, each a run of <c>bees.collect</c> in a worker.</summary>
internal sealed record BeesParquetFigures
{
    public required string What { get; init; }
    public required int MebiBytes { get; init; }

    /// <summary>Events as JSON lines, eight fields of four types, of some days; written as Parquet by the day of the event.</summary>
    public required long Records { get; init; }
    public required int Repeats { get; init; }

    /// <summary>Whether engine, supervisor and worker were held to two cores.</summary>
    public required bool TwoCores { get; init; }

    /// <summary>From the start of the attempt until its end is recorded: reading, Parquet and the artifact store.</summary>
    public required double RecordsPerSecond { get; init; }
    public required double MegabytesPerSecond { get; init; }
    public required double LoadBefore { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>Lets the platform make Parquet of JSON lines.</summary>
internal static class BeesParquetBench
{
    private const string Pipeline = """
        {
          "id": "bench-parquet",
          "parameters": { "data": { "type": "string", "format": "path" }, "longest": { "type": "integer" } },
          "activities": {
            "collect": {
              "type": "bees.collect",
              "inputs": {
                "source": "${{ parameters.data }}", "eventTime": "at", "onlyDeclared": true, "maxLineBytes": "${{ parameters.longest }}",
                "columns": [
                  { "name": "eventId", "type": "string" }, { "name": "at", "type": "timestamp" }, { "name": "user", "type": "int64" }, { "name": "item", "type": "int64" },
                  { "name": "position", "type": "int64" }, { "name": "price", "type": "double" }, { "name": "clicked", "type": "bool" }, { "name": "country", "type": "string" }
                ]
              }
            }
          },
          "outputs": { "rows": "${{ activities.collect.outputs.rows }}" }
        }
        """;

    public static async Task<BeesParquetFigures> MeasureAsync(int mebiBytes, int repeats, CancellationToken cancel)
    {
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            double load = BenchCommandLine.Load();
            string data = Path.Combine(home, "events.jsonl"), pipeline = Path.Combine(home, "pipeline.json");
            long records = Write(data, (long)mebiBytes << 20);
            await File.WriteAllTextAsync(pipeline, Pipeline, cancel);
            bool twoCores = Environment.ProcessorCount == 2 || BenchCommandLine.HasTaskset;
            List<double> seconds = [];
            for (int i = 0; i <= repeats; i++)
            {
                double took = await RunAsync(home, pipeline, data, i, records, cancel);
                if (i > 0) // The first starts supervisor and worker.
                    seconds.Add(took);
            }
            double median = seconds.Order().ElementAt(repeats / 2);
            return new BeesParquetFigures
            {
                What = "parquet",
                MebiBytes = mebiBytes,
                Records = records,
                Repeats = repeats,
                TwoCores = twoCores,
                RecordsPerSecond = Math.Round(records / median),
                MegabytesPerSecond = Math.Round(new FileInfo(data).Length / median / 1e6, 1),
                LoadBefore = load,
                Machine = BenchMachine.This(),
            };
        }
        finally
        {
            BenchCommandLine.EndSupervisor(Path.Combine(home, "home"));
            Directory.Delete(home, recursive: true);
        }
    }

    // Other inputs each time, so that the cache has no answer.
    private static async Task<double> RunAsync(string home, string pipeline, string data, int repeat, long records, CancellationToken cancel)
    {
        string longest = (1_000_000 + repeat).ToString(CultureInfo.InvariantCulture);
        using Process run = BenchCommandLine.Start(Path.Combine(home, "home"), BenchCommandLine.HasTaskset ? "0,1" : null,
            ["run", pipeline, "-p", "data=" + data, "-p", "longest=" + longest, "--json"]);
        string output = await run.StandardOutput.ReadToEndAsync(cancel);
        await run.WaitForExitAsync(cancel);
        if (run.ExitCode != ExitCode.Done)
            throw new InvalidOperationException($"the run ended with {run.ExitCode}: {output}");
        JsonElement ended = JsonElement.Parse(output);
        long rows = ended.GetProperty("outputs").GetProperty("rows").GetInt64();
        if (rows != records)
            throw new InvalidOperationException($"the table has {rows} rows of {records}");
        return ended.GetProperty("activities").EnumerateArray().Single().GetProperty("seconds").GetDouble();
    }

    private static long Write(string path, long bytes)
    {
        Random random = new(1);
        using StreamWriter file = new(path, append: false, new System.Text.UTF8Encoding(false), 1 << 20);
        long records = 0;
        for (long written = 0; written < bytes; records++)
        {
            string at = DateTime.UnixEpoch.AddSeconds(1.6e9 + records * 0.2).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
            string line = string.Create(CultureInfo.InvariantCulture,
                $$"""{"eventId":"e{{records:x8}}","at":"{{at}}","user":{{random.Next(100_000)}},"item":{{random.Next(5_000)}},"position":{{random.Next(10)}},"price":{{random.Next(10_000) / 100m}},"clicked":{{(random.Next(20) == 0 ? "true" : "false")}},"country":"country-{{random.Next(40)}}"}""");
            file.Write(line);
            file.Write('\n');
            written += line.Length + 1;
        }
        return records;
    }
}
