using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Cli.Vlps.Shards;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>
/// Trains over shards and workers that are processes of this machine, as roles of <c>train.distributed</c> are, and in one process on the
/// same samples in the same order. All of them share the machine's cores, so this tells what the way to the shards costs, and not what more machines gain.
/// </summary>
internal sealed class ShardBench(int rows, string model, int batch, IReadOnlyList<int> staleness, int repeats)
{
    private const int Evaluate = 100_000;

    private static readonly (int Shards, int Workers)[] Sizes = [(1, 1), (2, 1), (4, 1), (1, 2), (2, 2), (4, 2)];

    public async Task<ShardBenchFigures> MeasureAsync(CancellationToken cancel)
    {
        double load = BenchCommandLine.Load();
        ModelDeclaration declared = new() { Model = JsonSerializer.Deserialize<ModelName>($"\"{model}\"") };
        List<ShardBenchRun> alone = [];
        foreach (int threads in (int[])[1, 2])
            alone.Add(Median([.. Enumerable.Range(0, repeats).Select(_ => Alone(declared, threads))]));
        List<ShardBenchRun> runs = [];
        foreach ((int shards, int workers) in Sizes)
        {
            foreach (int lag in staleness)
            {
                List<ShardBenchRun> same = [];
                for (int i = 0; i < repeats; i++)
                    same.Add(await RunAsync(shards, workers, lag, cancel));
                runs.Add(Median(same));
            }
        }
        return new ShardBenchFigures { Model = model, Rows = rows, Batch = batch, OneProcess = alone, Runs = runs, LoadBefore = load, Machine = BenchMachine.This() };
    }

    // From the second step on, as a worker measures itself.
    private ShardBenchRun Alone(ModelDeclaration declared, int threads)
    {
        ShardPlan plan = new() { Model = declared, Columns = GeneratedClicks.ClickColumns, Rows = rows, Batch = batch, Shards = 1, Workers = 1 };
        using GeneratedClicks clicks = new(declared, rows, Evaluate, 1);
        using SparseModel trained = new(declared, plan.Columns, new SparseOptions { Batch = batch + plan.Streams, Threads = threads });
        FieldBlock block = trained.NewBlock();
        float[] scores = new float[batch + plan.Streams];
        long began = 0;
        for (uint step = 1; step <= plan.Steps; step++)
        {
            block.Clear();
            foreach (SamplePart part in plan.PartsOf(step, 0))
                clicks.Fill(block, part);
            trained.Train(block, [scores]);
            if (step == 1)
                began = Stopwatch.GetTimestamp();
        }
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new ShardBenchRun(0, threads, 0, Math.Round((rows - plan.RowsOf(1)) / seconds), 0, Math.Round(clicks.Auc(trained) ?? 0, 5));
    }

    private async Task<ShardBenchRun> RunAsync(int shards, int workers, int lag, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("mlp-bench-").FullName, secret = RandomNumberGenerator.GetHexString(64);
        string[] addresses = [.. FreePorts(shards).Select(p => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{p}"))];
        string[] options = ["--generate", Text(rows), "--evaluate", Text(Evaluate), "--model", model, "--batch", Text(batch), "--staleness", Text(lag), "--checkpoint-every", Text(int.MaxValue)];
        Process Start(string role, int index) => Process.Start(StartOf(role, index, addresses, workers, secret, folder, role == "ps" ? [] : options))!;
        List<Process> ps = [.. Enumerable.Range(0, shards).Select(i => Start("ps", i))];
        List<Process> work = [.. Enumerable.Range(0, workers).Select(i => Start("worker", i))];
        try
        {
            string[] told = await Task.WhenAll(work.Select(w => w.StandardOutput.ReadToEndAsync(cancel)));
            await Task.WhenAll(work.Select(w => w.WaitForExitAsync(cancel)));
            if (work.Find(w => w.ExitCode != 0) is { } failed)
                throw new InvalidOperationException($"a worker ended with {failed.ExitCode}: {await failed.StandardError.ReadToEndAsync(cancel)}");
            JsonElement outputs = JsonElement.Parse(told[0].Split('\n').Last(l => l.StartsWith('{')));
            return new ShardBenchRun(
                shards, workers, lag, outputs.GetProperty("samplesPerSecond").GetDouble(), outputs.GetProperty("bytesPerSample").GetDouble(), Math.Round(outputs.GetProperty("auc").GetDouble(), 5));
        }
        finally
        {
            foreach (Process process in ps.Concat(work))
            {
                if (!process.HasExited)
                    process.Kill();
                process.Dispose();
            }
            Directory.Delete(folder, recursive: true);
        }
    }

    private static ProcessStartInfo StartOf(string role, int index, string[] addresses, int workers, string secret, string folder, string[] options)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        string program = typeof(ShardBench).Assembly.Location;
        foreach (string argument in (IEnumerable<string>)[.. Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [program] : Array.Empty<string>(), "vlps", role, .. options])
            start.ArgumentList.Add(argument);
        start.Environment["TF_CONFIG"] = JsonSerializer.Serialize(new { cluster = new { ps = addresses }, task = new { type = role, index } });
        start.Environment["RANK"] = Text(index);
        start.Environment["WORLD_SIZE"] = Text(workers);
        start.Environment["MLP_CHECKPOINT_DIR"] = folder;
        start.Environment["MLP_TRAINING_SECRET"] = secret;
        start.Environment.Remove("MLP_ATTEMPT_DIR");
        return start;
    }

    // Held together until all are known, so that no two are the same.
    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        Array.ForEach(listeners, l => l.Dispose());
        return ports;
    }

    private static ShardBenchRun Median(List<ShardBenchRun> runs) => runs.OrderBy(r => r.SamplesPerSecond).ElementAt(runs.Count / 2);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What it measured.</summary>
internal sealed record ShardBenchFigures
{
    public required string Model { get; init; }
    public required int Rows { get; init; }
    public required int Batch { get; init; }

    /// <summary>On one thread and on two, without shards.</summary>
    public required IReadOnlyList<ShardBenchRun> OneProcess { get; init; }

    public required IReadOnlyList<ShardBenchRun> Runs { get; init; }

    /// <summary>Runnable processes of the machine before, on average over a minute.</summary>
    public required double LoadBefore { get; init; }

    public required BenchMachine Machine { get; init; }
}

/// <param name="Shards">0: one process.</param>
/// <param name="Workers">Of one process, its threads.</param>
/// <param name="SamplesPerSecond">Of the median run, from the second step on.</param>
/// <param name="BytesPerSample">Between workers and shards, both ways.</param>
/// <param name="Auc">On samples that were not learned from.</param>
internal sealed record ShardBenchRun(int Shards, int Workers, int Staleness, double SamplesPerSecond, double BytesPerSample, double Auc);
