using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Data.Aggregates;
using MLPlatform.Activities.Data.Checks;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Benchmarks.Data;

/// <summary>
/// Takes a CSV file that is larger than the memory through import, check, aggregate and export, each step in a process of
/// its own whose peak of resident memory is compared with the limit. Every step proves its result from how the file was made.
/// </summary>
internal static class PlaneBench
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly string[] Steps = ["import", "check", "aggregate", "export"];

    public static async Task<int> RunAsync(string[] options)
    {
        if (options is ["step", var step, var folder, var limit, var count])
            return await StepAsync(step, folder, long.Parse(limit, CultureInfo.InvariantCulture), long.Parse(count, CultureInfo.InvariantCulture));
        double mebibytes = Option(options, "--mib", 5120), memory = Option(options, "--memory-mib", 1024), words = Option(options, "--words", 7);
        string root = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            long rows = Write(Path.Combine(root, "events.csv"), (long)(mebibytes * (1 << 20)), (int)words);
            List<object> results = [];
            foreach (string name in Steps)
                results.Add(Step(name, root, (long)(memory * (1 << 20)), rows));
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                benchmark = "data plane",
                machine = new { cores = Environment.ProcessorCount, os = Environment.OSVersion.VersionString, runtime = Environment.Version.ToString() },
                fileMiB = new FileInfo(Path.Combine(root, "events.csv")).Length >> 20,
                rows,
                memoryLimitMiB = memory,
                results,
            }, Indented));
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static JsonElement Step(string name, string root, long memory, long rows)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!, [.. Own(), "plane", "step", name, root, memory.ToString(CultureInfo.InvariantCulture), rows.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_GCHeapHardLimit"] = (memory / 4).ToString("X", CultureInfo.InvariantCulture);
        // Many small arenas of the C library hold on to memory that was given back.
        start.Environment["MALLOC_ARENA_MAX"] = "2";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? JsonElement.Parse(output) : throw new InvalidOperationException($"the step {name} ended with {process.ExitCode}: {output}");
    }

    private static string[] Own() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(PlaneBench).Assembly.Location] : [];

    private static async Task<int> StepAsync(string name, string root, long memory, long rows)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using BenchContext context = new(root, memory);
        string state = Path.Combine(root, "table.json");
        ArtifactRef? table = File.Exists(state) ? JsonSerializer.Deserialize<ArtifactRef>(await File.ReadAllTextAsync(state)) : null;
        switch (name)
        {
            case "import":
                ImportData.Outputs imported = await new ImportData().RunAsync(new() { From = new() { File = Path.Combine(root, "events.csv") } }, context, CancellationToken.None);
                Expect(rows, imported.Rows);
                await File.WriteAllTextAsync(state, JsonSerializer.Serialize(imported.Table));
                break;
            case "check":
                CheckData.Outputs checkedTable = await new CheckData().RunAsync(new()
                {
                    Table = table!,
                    Expectations = [new() { Unique = ["id"] }, new() { NotNull = ["user", "at"] }, new() { Range = new() { Column = "price", Min = JsonSerializer.SerializeToElement(0) } }],
                }, context, CancellationToken.None);
                Expect(rows, checkedTable.Rows);
                break;
            case "aggregate":
                AggregateData.Outputs groups = await new AggregateData().RunAsync(new()
                {
                    Table = table!,
                    GroupBy = ["country"],
                    Measures = [new() { Name = "rows", Count = true }, new() { Name = "users", Distinct = "user" }, new() { Name = "median", Quantile = new() { Column = "price", Share = 0.5 } }],
                }, context, CancellationToken.None);
                Expect(40, groups.Rows);
                break;
            default:
                ExportData.Outputs exported = await new ExportData().RunAsync(new() { Artifact = table!, To = new() { File = Path.Combine(root, "out.csv") } }, context, CancellationToken.None);
                Expect(rows, exported.Rows);
                Expect(new FileInfo(Path.Combine(root, "events.csv")).Length, exported.Bytes);
                break;
        }
        long peak = Peak();
        if (peak > memory)
            throw new InvalidOperationException($"{name} took {peak >> 20} MiB, more than {memory >> 20}");
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            step = name,
            seconds = Math.Round(watch.Elapsed.TotalSeconds, 1),
            cpuSeconds = Math.Round(Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds, 1),
            peakMemoryMiB = peak >> 20,
        }));
        return 0;
    }

    private static void Expect(long expected, long found)
    {
        if (expected != found)
            throw new InvalidOperationException($"{found} instead of {expected}");
    }

    /// <summary>The largest resident memory of this process, from the kernel.</summary>
    private static long Peak() => long.Parse(File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) << 10;

    /// <summary>Rows of about 80 bytes and a text, written as an export writes them, so that what comes out is what went in.</summary>
    /// <param name="words">The text's length in words of 16 characters.</param>
    private static long Write(string path, long bytes, int words)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        byte[] header = "id,at,user,item,price,clicked,country,text\n"u8.ToArray();
        file.Write(header);
        StringBuilder row = new();
        long rows = 0, written = header.Length;
        for (; written < bytes; rows++)
        {
            ulong hash = (ulong)(rows + 1) * 0x9E3779B97F4A7C15;
            row.Clear().Append(CultureInfo.InvariantCulture, $"e{hash:x16},{DateTime.UnixEpoch.AddSeconds(1_600_000_000 + rows):yyyy-MM-ddTHH:mm:ss}Z,{hash % 500_000},{hash % 50_021},{(hash >> 7) % 100_000 / 100.0},{(hash % 17 == 0 ? "true" : "false")},country-{rows % 40},");
            for (int i = 0; i < words; i++)
                row.Append(CultureInfo.InvariantCulture, $"{hash * (ulong)(2 * i + 3):x16}");
            byte[] line = Encoding.UTF8.GetBytes(row.Append('\n').ToString());
            file.Write(line);
            written += line.Length;
        }
        return rows;
    }

    private static double Option(string[] options, string name, double otherwise) =>
        Array.IndexOf(options, name) is >= 0 and var at ? double.Parse(options[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
