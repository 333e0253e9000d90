using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Bees.Agents;

namespace MLPlatform.Cli.Bench;

/// <param name="MebiBytes">Size of the log.</param>
internal sealed record BeesBenchRequest(int MebiBytes, string Sink, int Repeats);

/// <summary>What <c>mlp bench bees --what agent</c> measured: medians of the repeats, each a process of its own that delivers the whole log.</summary>
internal sealed record BeesBenchFigures
{
    public string What { get; init; } = "agent";
    public required string Sink { get; init; }
    public required int MebiBytes { get; init; }
    public required long Records { get; init; }
    public required int Repeats { get; init; }

    /// <summary>Whether the agent was held to one core.</summary>
    public required bool OneCore { get; init; }

    /// <summary>Bytes read, cut into records, checked, packed, sent and acknowledged; the start of the process not counted.</summary>
    public required double MegabytesPerSecond { get; init; }
    public required double MegabytesPerCpuSecond { get; init; }
    public required double RecordsPerSecond { get; init; }

    /// <summary>The most resident memory of any repeat.</summary>
    public required double PeakMemoryMiB { get; init; }

    /// <summary>Runnable processes of the machine before, on average over a minute: what the figures had to share it with.</summary>
    public required double LoadBefore { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>Lets the real command deliver a log, to a folder or to a receiver that checks every frame.</summary>
internal static class BeesBench
{
    public static async Task<BeesBenchFigures> MeasureAsync(BeesBenchRequest request, CancellationToken cancel)
    {
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        try
        {
            double load = BenchCommandLine.Load();
            long records = WriteLog(Path.Combine(home, "app.log"), request.MebiBytes);
            await using BeesBenchReceiver? receiver = request.Sink == "http" ? await BeesBenchReceiver.StartAsync(cancel) : null;
            bool oneCore = BenchCommandLine.HasTaskset;
            List<AgentOutcome> outcomes = [];
            for (int i = 0; i < request.Repeats; i++)
                outcomes.Add(await RunAsync(home, i, receiver?.Address, oneCore, cancel));
            if (outcomes.Any(o => o.Records != records) || (receiver is not null && receiver.Records != records * request.Repeats))
                throw new InvalidOperationException("the agent delivered another number of records than were written");
            return Figures(request, records, oneCore, load, outcomes);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static BeesBenchFigures Figures(BeesBenchRequest request, long records, bool oneCore, double load, List<AgentOutcome> outcomes)
    {
        double Median(Func<AgentOutcome, double> of) => outcomes.Select(of).Order().ElementAt(outcomes.Count / 2);
        return new BeesBenchFigures
        {
            Sink = request.Sink,
            MebiBytes = request.MebiBytes,
            Records = records,
            Repeats = request.Repeats,
            OneCore = oneCore,
            MegabytesPerSecond = Math.Round(Median(o => o.Bytes / o.Seconds / 1e6), 1),
            MegabytesPerCpuSecond = Math.Round(Median(o => o.Bytes / o.CpuSeconds / 1e6), 1),
            RecordsPerSecond = Math.Round(Median(o => o.Records / o.Seconds)),
            PeakMemoryMiB = Math.Round(outcomes.Max(o => o.PeakMemoryMiB), 1),
            LoadBefore = load,
            Machine = BenchMachine.This(),
        };
    }

    // The last core is the agent's; the receiver has the others.
    private static async Task<AgentOutcome> RunAsync(string home, int repeat, string? server, bool oneCore, CancellationToken cancel)
    {
        string folder = Path.Combine(home, repeat.ToString(CultureInfo.InvariantCulture)), config = Path.Combine(home, $"agent-{repeat}.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new
        {
            agent = "bench",
            server,
            checkpoint = Path.Combine(folder, "checkpoint.json"),
            sources = new[] { new { name = "bench", paths = new[] { Path.Combine(home, "*.log") } } },
            sink = server is null ? (object)new { type = "folder", folder = Path.Combine(folder, "out"), format = "raw" } : new { type = "http" },
            limits = new { nice = false },
        }), cancel);
        using Process agent = BenchCommandLine.Start(
            null, oneCore ? (Environment.ProcessorCount - 1).ToString(CultureInfo.InvariantCulture) : null, ["bees", "agent", "--config", config, "--once", "--json"]);
        string output = await agent.StandardOutput.ReadToEndAsync(cancel);
        await agent.WaitForExitAsync(cancel);
        if (agent.ExitCode != ExitCode.Done)
            throw new InvalidOperationException($"the agent ended with {agent.ExitCode}");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        return JsonSerializer.Deserialize(output, BeesBenchJson.Default.AgentOutcome)!;
    }

    private static long WriteLog(string path, int mebiBytes)
    {
        Random random = new(1);
        long records = 0;
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        for (long size = (long)mebiBytes << 20; file.Position < size; records++)
        {
            file.Write(Encoding.UTF8.GetBytes(Line(records, random) + "\n"));
        }
        return records;
    }

    /// <summary>A line of a web server, unlike the others, 110 to 170 bytes.</summary>
    internal static string Line(long number, Random random) => string.Create(CultureInfo.InvariantCulture,
        $"2025-03-01T{number / 3600 % 24:00}:{number / 60 % 60:00}:{number % 60:00}.{number % 1000:000}Z INFO http 10.{random.Next(256)}.{random.Next(256)}.{random.Next(256)} GET /apps/{random.Next(100000)}/detail?user={random.NextInt64():x} 200 {random.Next(50000)} {random.Next(900)}ms{new string('.', random.Next(60))}");
}
