using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Cli.Bench;

/// <param name="Model"><c>fm</c> or <c>onnx</c>.</param>
internal sealed record ServingBenchRequest(string Model, double Seconds, int Rate, int Cores);

/// <summary>What <c>mlp bench serving</c> measured.</summary>
internal sealed record ServingBenchFigures
{
    public required string Model { get; init; }

    /// <summary>Cores that server and load shared.</summary>
    public required int Cores { get; init; }
    public required int BatchRows { get; init; }
    public required double RowsPerSecond { get; init; }

    /// <summary>CPU seconds of the server for a million rows in batches.</summary>
    public required double CpuSecondsPerMillionRows { get; init; }

    /// <summary>Single rows a second that were sent.</summary>
    public required int Rate { get; init; }
    public required double Achieved { get; init; }

    /// <summary>Milliseconds from when a request was due to its whole answer.</summary>
    public required double P50 { get; init; }
    public required double P99 { get; init; }
    public required double P999 { get; init; }
    public required long Errors { get; init; }
    public required long LostImpressions { get; init; }

    /// <summary>Of the machine over the last minute, this measurement included: above the cores, others worked too.</summary>
    public required double? LoadAverage { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>A server as people start it, with a model that it trained itself; every answer is logged as an impression.</summary>
internal static class ServingBench
{
    private const int BatchRows = 100;
    private const int Connections = 4;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(4);

    public static async Task<ServingBenchFigures> MeasureAsync(ServingBenchRequest request, CancellationToken cancel)
    {
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        Process? server = null;
        try
        {
            (server, string address) = await StartAsync(home, request.Cores, _ => { }, cancel);
            using HttpClient client = new() { BaseAddress = new Uri(address.TrimEnd('/') + "/") };
            await DeployAsync(client, home, request.Model, cancel);
            (long warm, _) = await LoadAsync(client, WarmUp, cancel);
            double cpu = Cpu(server);
            (long rows, double seconds) = await LoadAsync(client, TimeSpan.FromSeconds(request.Seconds), cancel);
            cpu = Cpu(server) - cpu;
            await OpenLoop.RunAsync(client, Body(1, 1), request.Rate, WarmUp, cancel);
            OpenLoopFigures open = await OpenLoop.RunAsync(client, Body(1, 1), request.Rate, TimeSpan.FromSeconds(request.Seconds), cancel);
            long sent = warm + rows + (long)(request.Rate * (WarmUp.TotalSeconds + request.Seconds)) - open.Errors;
            long lost = await CheckAsync(client, sent, cancel);
            return new ServingBenchFigures
            {
                Model = request.Model,
                Cores = request.Cores,
                BatchRows = BatchRows,
                RowsPerSecond = Math.Round(rows / seconds),
                CpuSecondsPerMillionRows = Math.Round(cpu / rows * 1e6, 1),
                Rate = request.Rate,
                Achieved = Math.Round(open.PerSecond),
                P50 = open.P50,
                P99 = open.P99,
                P999 = open.P999,
                Errors = open.Errors,
                LostImpressions = lost,
                LoadAverage = LoadAverage(),
                Machine = BenchMachine.This(),
            };
        }
        finally
        {
            if (server is not null)
            {
                server.Kill();
                await server.WaitForExitAsync(CancellationToken.None);
                server.Dispose();
            }
            Directory.Delete(home, recursive: true);
        }
    }

    /// <param name="told">Gets the server's further lines.</param>
    internal static async Task<(Process Server, string Address)> StartAsync(string home, int cores, Action<string> told, CancellationToken cancel)
    {
        Pin(Environment.ProcessId, cores);
        string program = Environment.ProcessPath!;
        string[] itself = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "mlp.dll")] : [];
        ProcessStartInfo start = new(program, [.. itself, "serve", "--address", "http://127.0.0.1:0", "--home", home]) { RedirectStandardOutput = true };
        Process server = Process.Start(start)!; // Children keep to the same cores.
        while (await server.StandardOutput.ReadLineAsync(cancel) is { } line)
        {
            if (line.Contains(" at http://", StringComparison.Ordinal))
            {
                _ = FollowAsync(server, told); // Its log must not fill the pipe.
                return (server, line.Split(" at ")[1].Split(' ')[0]);
            }
        }
        throw new InvalidOperationException("the server did not start");
    }

    private static async Task FollowAsync(Process server, Action<string> told)
    {
        while (await server.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
            told(line);
    }

    /// <summary>Waits until a run has succeeded.</summary>
    internal static async Task<JsonElement> EndAsync(HttpClient client, string run, CancellationToken cancel)
    {
        while (true)
        {
            JsonElement now = await client.GetFromJsonAsync<JsonElement>($"api/v1/runs/{run}", cancel);
            string state = now.GetProperty("state").GetString()!;
            if (state == "succeeded")
                return now;
            if (state is "failed" or "cancelled")
                throw new InvalidOperationException($"a run of the bench {state}: {now}");
            await Task.Delay(200, cancel);
        }
    }

    private static void Pin(int process, int cores)
    {
        if (cores >= Environment.ProcessorCount || !OperatingSystem.IsLinux())
            return;
        using Process self = Process.GetProcessById(process);
        self.ProcessorAffinity = (nint)((1L << cores) - 1);
    }

    /// <summary>Trains and deploys, as a pipeline does.</summary>
    private static async Task DeployAsync(HttpClient client, string home, string model, CancellationToken cancel)
    {
        string data = Path.Combine(home, "rows.jsonl"), onnx = Path.Combine(home, "model.onnx");
        await File.WriteAllLinesAsync(data, Enumerable.Range(0, 20_000).Select(i => Row(i, label: true)), cancel);
        Random random = new(1);
        await File.WriteAllBytesAsync(onnx, OnnxBytes.SparseLogistic([.. Enumerable.Range(0, 1 << 18).Select(_ => (float)(random.NextDouble() - 0.5))], -2), cancel);
        const string Features = """[{"hash":["user","app","category","device","network"]},{"bucketize":["price"]},{"hash":["hour","position"]},{"cross":["user","category"]},{"numeric":["age"]}]""";
        string made = model == "fm"
            ? """ "type": "train.vlps", "inputs": { "samples": "${{ activities.collect.outputs.table }}", "features": "${{ activities.features.outputs.features }}", "label": "click", "model": "fm", "dim": 16, "epochs": 1 } """
            : $$$""" "type": "model.import", "inputs": { "file": "{{{onnx}}}", "hashBits": 18, "features": "${{ activities.features.outputs.features }}" } """;
        string pipeline = $$$"""
            { "id": "bench", "activities": {
                "collect": { "type": "bees.collect", "inputs": { "source": "{{{data}}}" } },
                "features": { "type": "features.build", "inputs": { "table": "${{ activities.collect.outputs.table }}", "features": {{{Features}}} } },
                "make": { {{{made}}} },
                "deploy": { "type": "model.deploy", "inputs": { "model": "${{ activities.make.outputs.model }}" } } } }
            """;
        using HttpResponseMessage started = await client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline } }, cancel);
        JsonElement run = await started.Content.ReadFromJsonAsync<JsonElement>(cancel);
        if (!started.IsSuccessStatusCode)
            throw new InvalidOperationException($"the model to serve could not be made: {run}");
        await EndAsync(client, run.GetProperty("id").GetString()!, cancel);
    }

    /// <summary>Batches over some connections, each sending the next when the last is answered.</summary>
    private static async Task<(long Rows, double Seconds)> LoadAsync(HttpClient client, TimeSpan time, CancellationToken cancel)
    {
        long rows = 0, start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => Task.Run(async () =>
        {
            byte[][] bodies = [.. Enumerable.Range(0, 20).Select(i => Body(BatchRows, (connection * 1000) + i))];
            for (int i = 0; Stopwatch.GetElapsedTime(start) < time; i++)
            {
                await SendAsync(client, bodies[i % bodies.Length], cancel);
                Interlocked.Add(ref rows, BatchRows);
            }
        }, cancel)));
        return (rows, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    internal static async Task SendAsync(HttpClient client, byte[] body, CancellationToken cancel)
    {
        using ByteArrayContent content = new(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await client.PostAsync("api/v1/deployments/bench/score", content, cancel);
        byte[] answer = await response.Content.ReadAsByteArrayAsync(cancel);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException(Encoding.UTF8.GetString(answer));
    }

    private static byte[] Body(int rows, int seed) =>
        Encoding.UTF8.GetBytes($$"""{"key":"u{{seed}}","rows":[{{string.Join(',', Enumerable.Range(0, rows).Select(i => Row((seed * 7919) + i, label: false)))}}]}""");

    private static string Row(int i, bool label)
    {
        Random random = new(i);
        int user = random.Next(5000), app = random.Next(2000), category = app % 20;
        int click = random.NextDouble() < (user % 20 == category ? 0.4 : 0.05) ? 1 : 0;
        return string.Create(CultureInfo.InvariantCulture, $$"""
            {"user":"u{{user}}","app":"a{{app}}","category":"c{{category}}","device":"d{{random.Next(50)}}","network":"n{{random.Next(4)}}","price":{{random.Next(100) / 10.0}},"hour":{{random.Next(24)}},"position":{{random.Next(20)}},"age":{{random.Next(15, 80)}}{{(label ? $",\"click\":{click}" : "")}}}
            """).Trim();
    }

    /// <summary>Every row that was answered is an impression, or was counted as lost. Returns the lost ones.</summary>
    private static async Task<long> CheckAsync(HttpClient client, long sent, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            JsonElement metrics = await client.GetFromJsonAsync<JsonElement>("api/v1/deployments/bench/metrics", cancel);
            long kept = metrics.GetProperty("versions").EnumerateArray().Sum(v => v.GetProperty("figures").GetProperty("impressions").GetInt64());
            long lost = metrics.GetProperty("lost").GetInt64();
            if (kept + lost == sent)
                return lost;
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(30))
                throw new InvalidOperationException($"{sent} rows were answered, but {kept} impressions were kept and {lost} lost");
            await Task.Delay(100, cancel);
        }
    }

    private static double? LoadAverage() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;

    private static double Cpu(Process process)
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
