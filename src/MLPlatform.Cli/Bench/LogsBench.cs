using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace MLPlatform.Cli.Bench;

/// <summary>What <c>mlp bench logs</c> measured; medians of the repeats, each an answer of a server in a process of its own.</summary>
internal sealed record LogsBenchFigures
{
    public required long Lines { get; init; }
    public required long Bytes { get; init; }
    public required int Repeats { get; init; }

    /// <summary>From the activity's start until its last line is in the log.</summary>
    public required double WriteSeconds { get; init; }

    /// <summary>What the console asks for to show the end of a log: its length, then its last 128 KiB.</summary>
    public required double OpenMs { get; init; }

    /// <summary>128 KiB from the middle, as when a person scrolls.</summary>
    public required double WindowMs { get; init; }

    /// <summary>The first line that tells of an error, which is the last of the log.</summary>
    public required double FirstErrorMs { get; init; }

    /// <summary>A text that the last line alone holds, looked for from the beginning.</summary>
    public required double SearchMs { get; init; }

    /// <summary>Runnable processes of the machine before, on average over a minute: what the figures had to share it with.</summary>
    public required double LoadBefore { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>Has a real activity write a long log, and reads it over HTTP as the console does.</summary>
internal static class LogsBench
{
    private const int Window = 128 << 10;

    public static async Task<LogsBenchFigures> MeasureAsync(long lines, int repeats, CancellationToken cancel)
    {
        double load = BenchCommandLine.Load();
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        // The server is started from here and has its settings from here: the log is kept whole.
        Environment.SetEnvironmentVariable("MLP_ProcessExecutor__LogBytes", "1099511627776");
        Process? server = null;
        try
        {
            (server, string address) = await ServingBench.StartAsync(home, Environment.ProcessorCount, _ => { }, cancel);
            using HttpClient client = new() { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(10) };
            long began = Stopwatch.GetTimestamp();
            string log = await WriteAsync(client, lines, cancel);
            double writeSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            long bytes = (await client.GetFromJsonAsync<JsonElement>($"{log}?limit=1", cancel)).GetProperty("bytes").GetInt64();
            return new LogsBenchFigures
            {
                Lines = lines,
                Bytes = bytes,
                Repeats = repeats,
                WriteSeconds = Math.Round(writeSeconds, 1),
                OpenMs = await MedianAsync(repeats, async () =>
                {
                    long end = (await client.GetFromJsonAsync<JsonElement>($"{log}?limit=1", cancel)).GetProperty("bytes").GetInt64();
                    await client.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"{log}?offset={end - Window}&limit={Window}"), cancel);
                }),
                WindowMs = await MedianAsync(repeats, () => client.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"{log}?offset={bytes / 2}&limit={Window}"), cancel)),
                FirstErrorMs = await MedianAsync(repeats, async () => Holds(lines, (await client.GetFromJsonAsync<JsonElement>($"{log}/errors", cancel)).GetProperty("line").GetInt64())),
                SearchMs = await MedianAsync(repeats, async () => Holds(lines, await SearchAsync(client, log, cancel))),
                LoadBefore = load,
                Machine = BenchMachine.This(),
            };
        }
        finally
        {
            if (server is not null)
            {
                server.Kill(entireProcessTree: true);
                await server.WaitForExitAsync(CancellationToken.None);
                server.Dispose();
            }
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>The address of the log of an activity that has written so many lines, the last of which tells of an error.</summary>
    private static async Task<string> WriteAsync(HttpClient client, long lines, CancellationToken cancel)
    {
        string program = string.Create(CultureInfo.InvariantCulture,
            $$"""BEGIN { for (i = 1; i < {{lines}}; i++) printf "2026-03-01 12:00:%02d step %d loss %.6f auc %.6f\n", i % 60, i, 1 / i, 1 - 1 / i; print "ValueError: no such column" }""");
        object pipeline = new { id = "bench-logs", activities = new { write = new { type = "train.script", inputs = new { command = new[] { "awk", program } } } } };
        using HttpResponseMessage started = await client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline } }, cancel);
        if (!started.IsSuccessStatusCode)
            throw new InvalidOperationException($"the run was refused: {await started.Content.ReadAsStringAsync(cancel)}");
        string run = (await started.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("id").GetString()!;
        await ServingBench.EndAsync(client, run, cancel);
        return $"api/v1/runs/{run}/activities/write/log";
    }

    private static async Task<long> SearchAsync(HttpClient client, string log, CancellationToken cancel)
    {
        for ((long offset, long line) = (0, 1); ;)
        {
            JsonElement page = await client.GetFromJsonAsync<JsonElement>(string.Create(CultureInfo.InvariantCulture, $"{log}/search?text=no%20such%20column&limit=1&offset={offset}&line={line}"), cancel);
            if (page.GetProperty("matches") is { } found && found.GetArrayLength() > 0)
                return found[0].GetProperty("line").GetInt64();
            if (!page.GetProperty("more").GetBoolean())
                return -1;
            (offset, line) = (page.GetProperty("next").GetInt64(), page.GetProperty("nextLine").GetInt64());
        }
    }

    private static void Holds(long expected, long found)
    {
        if (expected != found)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the line was found at {found}, and it is {expected}"));
    }

    private static async Task<double> MedianAsync(int repeats, Func<Task> ask)
    {
        List<double> took = [];
        for (int i = 0; i < repeats; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await ask();
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        return Math.Round(took.Order().ElementAt(repeats / 2), 1);
    }
}
