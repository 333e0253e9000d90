using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Cli.Bench.Vlps;

/// <param name="Rows">Ids of the model that is served first.</param>
/// <param name="Changed">Ids of the new day, whose rows change.</param>
/// <param name="Rate">Requests a second while it happens, sent whether or not answers come.</param>
/// <param name="Seconds">How long requests are sent for each change.</param>
/// <param name="Repeats">New days, one after another.</param>
internal sealed record DeltaBenchRequest(int Rows, int Changed, int Rate, double Seconds, int Repeats);

/// <summary>What <c>mlp bench vlps-delta</c> measured.</summary>
internal sealed record DeltaBenchFigures
{
    /// <summary>Ids of the model before the last change.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that each change had.</summary>
    public required IReadOnlyList<long> EachChanged { get; init; }

    /// <summary>Seconds from the request to deploy to the first answer by the new version, of each change.</summary>
    public required IReadOnlyList<double> EachVisible { get; init; }

    /// <summary>Median of these.</summary>
    public required double Visible { get; init; }

    /// <summary>The server's own words on how each was applied.</summary>
    public required IReadOnlyList<string> Applied { get; init; }

    /// <summary>Requests a second that were sent.</summary>
    public required int Rate { get; init; }
    public required long Requests { get; init; }

    /// <summary>Requests that got no scores.</summary>
    public required long Dropped { get; init; }

    /// <summary>The worst of all changes, in milliseconds from when a request was due.</summary>
    public required double P50 { get; init; }
    public required double P99 { get; init; }
    public required double P999 { get; init; }

    /// <summary>Runnable processes of the machine before, on average over a minute.</summary>
    public required double LoadBefore { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>
/// A served model that is trained further on a new day, over and over: how long until a deployed delta answers, and whether anybody gets no
/// answer meanwhile. Server, training and load share the machine, as they come.
/// </summary>
internal sealed class DeltaBench(DeltaBenchRequest request, HttpClient client, string home, List<string> told)
{
    private const int Columns = 10;
    private const string Before = "goes on from one that is served";

    private readonly List<double> _visible = [];
    private readonly List<long> _changed = [];
    private readonly List<OpenLoopFigures> _loads = [];

    public static async Task<DeltaBenchFigures> MeasureAsync(DeltaBenchRequest request, CancellationToken cancel)
    {
        double load = BenchCommandLine.Load();
        string home = Directory.CreateTempSubdirectory("mlp-bench-").FullName;
        List<string> told = [];
        Process? server = null;
        try
        {
            (server, string address) = await ServingBench.StartAsync(home, Environment.ProcessorCount, line => { lock (told) told.Add(line); }, cancel);
            using HttpClient client = new() { BaseAddress = new Uri(address.TrimEnd('/') + "/"), Timeout = TimeSpan.FromMinutes(10) };
            return await new DeltaBench(request, client, home, told).MeasureAsync(load, cancel);
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

    private async Task<DeltaBenchFigures> MeasureAsync(double loadBefore, CancellationToken cancel)
    {
        JsonElement first = await TrainAsync(request.Rows / Columns, 0, deploy: true, cancel);
        long rows = first.GetProperty("rows").GetInt64();
        byte[] body = Body();
        await OpenLoop.RunAsync(client, body, request.Rate, TimeSpan.FromSeconds(3), cancel);
        for (int day = 1; day <= request.Repeats; day++)
        {
            JsonElement trained = await TrainAsync(request.Changed / Columns, day, deploy: false, cancel);
            _changed.Add(trained.GetProperty("changed").GetInt64());
            await ChangeAsync(trained.GetProperty("version").GetInt32(), body, cancel);
        }
        double[] sorted = [.. _visible.Order()];
        lock (told)
        {
            return new DeltaBenchFigures
            {
                Rows = rows,
                EachChanged = _changed,
                EachVisible = _visible,
                Visible = sorted[sorted.Length / 2],
                Applied = [.. told.Where(line => line.Contains(Before, StringComparison.Ordinal)).Select(line => line[(line.IndexOf(Before, StringComparison.Ordinal) + Before.Length)..].Trim(' ', ':'))],
                Rate = request.Rate,
                Requests = (long)(request.Rate * request.Seconds) * request.Repeats,
                Dropped = _loads.Sum(l => l.Errors),
                P50 = _loads.Max(l => l.P50),
                P99 = _loads.Max(l => l.P99),
                P999 = _loads.Max(l => l.P999),
                LoadBefore = loadBefore,
                Machine = BenchMachine.This(),
            };
        }
    }

    private async Task ChangeAsync(int version, byte[] body, CancellationToken cancel)
    {
        Task<OpenLoopFigures> load = OpenLoop.RunAsync(client, body, request.Rate, TimeSpan.FromSeconds(request.Seconds), cancel);
        await Task.Delay(TimeSpan.FromSeconds(1), cancel);
        long start = Stopwatch.GetTimestamp();
        Task<HttpResponseMessage> deploying = client.PostAsJsonAsync("api/v1/deployments/bench/deploy", new { version }, cancel);
        while (await VersionAsync(body, cancel) != version)
        {
            if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(2))
                throw new InvalidOperationException($"version {version} does not answer");
        }
        _visible.Add(Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3));
        using HttpResponseMessage deployed = await deploying;
        if (!deployed.IsSuccessStatusCode)
            throw new InvalidOperationException(await deployed.Content.ReadAsStringAsync(cancel));
        _loads.Add(await load);
    }

    private async Task<int> VersionAsync(byte[] body, CancellationToken cancel)
    {
        using ByteArrayContent content = new(body) { Headers = { ContentType = new("application/json") } };
        using HttpResponseMessage response = await client.PostAsync("api/v1/deployments/bench/score", content, cancel);
        return (await response.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("version").GetInt32();
    }

    private static byte[] Body() => Encoding.UTF8.GetBytes("""{"rows":[""" + string.Join(',', Enumerable.Range(0, 10).Select(i =>
        "{" + string.Join(',', Enumerable.Range(0, Columns).Select(c => $"\"c{c}\":\"v{(i * 911) + c}\"")) + "}")) + "]}");

    /// <summary>A pipeline from rows to a registered version; each row has an id of its own in every column.</summary>
    private async Task<JsonElement> TrainAsync(int rows, int day, bool deploy, CancellationToken cancel)
    {
        string file = Path.Combine(home, "day.csv");
        await using (StreamWriter writer = new(file))
        {
            await writer.WriteLineAsync(string.Join(',', Enumerable.Range(0, Columns).Select(c => $"c{c}")) + ",click");
            for (int i = 0; i < rows; i++)
            {
                for (int c = 0; c < Columns; c++)
                    await writer.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"v{i},"));
                await writer.WriteLineAsync((((i / 7) + day) % 3 == 0) ? "1" : "0");
            }
        }
        string hashed = string.Join(',', Enumerable.Range(0, Columns).Select(c => $"\"c{c}\""));
        string columns = string.Join(',', Enumerable.Range(0, Columns).Select(c => $$"""{ "name": "c{{c}}", "type": "string" }""")) + """, { "name": "click", "type": "int64" }""";
        string pipeline = $$$"""
            { "id": "bench", "activities": {
                "collect": { "type": "bees.collect", "inputs": { "source": "{{{file}}}", "format": "csv", "columns": [{{{columns}}}] } },
                "features": { "type": "features.build", "inputs": { "table": "${{ activities.collect.outputs.table }}", "features": [{ "hash": [{{{hashed}}}] }] } },
                "train": { "type": "train.vlps", "inputs": { "samples": "${{ activities.collect.outputs.table }}", "features": "${{ activities.features.outputs.features }}",
                    "label": "click", "declaration": { "model": "fm" }, "epochs": 1, "batch": 1024, "from": "${{ models['bench'].champion }}" } },
                "register": { "type": "model.register", "inputs": { "name": "bench", "model": "${{ activities.train.outputs.model }}" } }{{{(deploy
                    ? """, "deploy": { "type": "model.deploy", "dependsOn": ["register"], "inputs": { "model": "${{ activities.train.outputs.model }}" } }""" : "")}}} },
              "outputs": { "rows": "${{ activities.train.outputs.features }}", "changed": "${{ activities.train.outputs.changedRows }}", "version": "${{ activities.register.outputs.version }}" } }
            """;
        using HttpResponseMessage started = await client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline } }, cancel);
        JsonElement run = await started.Content.ReadFromJsonAsync<JsonElement>(cancel);
        if (!started.IsSuccessStatusCode)
            throw new InvalidOperationException($"the model to serve could not be made: {run}");
        JsonElement ended = await ServingBench.EndAsync(client, run.GetProperty("id").GetString()!, cancel);
        return ended.GetProperty("outputs");
    }
}
