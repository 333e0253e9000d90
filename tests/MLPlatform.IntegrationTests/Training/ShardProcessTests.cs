using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MLPlatform.Cli.Bench.Vlps;
using MLPlatform.Cli.Vlps.Shards;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Shards;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Four shards and two workers, each a process of its own, over real sockets.</summary>
public sealed class ShardProcessTests
{
    private const int Shards = 4, Workers = 2;

    [Fact]
    public async Task Whichever_process_is_killed_the_model_is_the_same()
    {
        JsonElement whole = await TrainAsync([]);
        // Shard 2 and each of both workers, when the log says that the training is so far.
        JsonElement torn = await TrainAsync([("ps-2", 25), ("worker-1", 50), ("worker-0", 70)]);
        Assert.Equal(whole.GetProperty("digest").GetString(), torn.GetProperty("digest").GetString());
    }

    [Fact]
    public async Task Without_lag_four_shards_and_two_workers_are_as_good_as_one_process()
    {
        JsonElement together = await TrainAsync([], staleness: 0);
        Assert.Equal(AloneAuc(), together.GetProperty("auc").GetDouble(), 0.001);
    }

    // The library's own trainer on the same samples.
    private static double AloneAuc()
    {
        ShardPlan plan = new() { Model = new ModelDeclaration { Model = ModelName.Fm }, Columns = GeneratedClicks.ClickColumns, Rows = 40_000, Batch = 400, Shards = 1, Workers = 1 };
        using var model = new SparseModel(plan.Model, plan.Columns, new SparseOptions { Batch = plan.Batch + plan.Streams });
        FieldBlock block = model.NewBlock();
        ClickData data = new(1);
        using GeneratedClicks clicks = new(plan.Model, plan.Rows, 0, 1);
        for (uint step = 1; step <= plan.Steps; step++)
        {
            block.Clear();
            foreach (SamplePart part in plan.PartsOf(step, 0))
                clicks.Fill(block, part);
            model.Train(block, [new float[block.Rows]]);
        }
        data.Fill(block, 5_000, new float[5_000], 40_000);
        float[] scores = new float[5_000];
        model.Score(block, 0, 0, scores);
        return Ranking.Auc(scores, [.. block.Labels(0).ToArray().Select(l => (byte)l)])!.Value;
    }

    [Fact]
    public async Task A_worker_with_another_secret_is_refused()
    {
        string folder = Directory.CreateTempSubdirectory("shards").FullName;
        int[] ports = FreePorts(1);
        using Member shard = new("ps", 0, ports, folder, 1, []);
        shard.Start();
        await shard.SeenAsync("listens at");
        using Member worker = new("worker", 0, ports, folder, 1, ["--generate", "1000"]) { Secret = "another" };
        worker.Start();
        Assert.Equal(1, await worker.Ended);
        Assert.Contains(worker.Lines, l => l.Contains("ML-018", StringComparison.Ordinal) && l.Contains("refused", StringComparison.Ordinal));
        shard.Kill();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<JsonElement> TrainAsync((string Who, int Step)[] kills, int staleness = 1)
    {
        string folder = Directory.CreateTempSubdirectory("shards").FullName;
        int[] ports = FreePorts(Shards);
        string[] options = ["--generate", "40000", "--evaluate", "5000", "--batch", "400", "--checkpoint-every", "20", "--patience", "30", "--staleness", staleness.ToString(CultureInfo.InvariantCulture)];
        List<Member> all = [.. Enumerable.Range(0, Shards).Select(i => new Member("ps", i, ports, folder, Workers, []))];
        all.AddRange(Enumerable.Range(0, Workers).Select(i => new Member("worker", i, ports, folder, Workers, options)));
        try
        {
            all.ForEach(m => m.Start());
            Member chief = all[Shards];
            foreach ((string who, int step) in kills)
            {
                await Task.WhenAny(chief.ReachedAsync(step), chief.Ended);
                all.Single(m => m.Name == who).KillAndStartAgain();
            }
            foreach (Member worker in all.Skip(Shards))
                Assert.True(await worker.Ended == 0, string.Join('\n', all.SelectMany(m => m.Lines.Select(l => $"[{m.Name}] {l}"))));
            return JsonDocument.Parse(chief.Lines.Last(l => l.StartsWith('{'))).RootElement;
        }
        finally
        {
            all.ForEach(m => m.Kill());
            all.ForEach(m => m.Dispose());
            Directory.Delete(folder, recursive: true);
        }
    }

    // Held together until all are known, so that no two are the same.
    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        Array.ForEach(listeners, l => l.Stop());
        return ports;
    }

    private sealed class Member(string role, int index, int[] ports, string folder, int workers, string[] options) : IDisposable
    {
        private readonly ConcurrentQueue<string> _lines = [];
        private readonly List<(Func<string, bool> Is, TaskCompletionSource Seen)> _waiting = [];
        private readonly Lock _gate = new();
        private TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Process? _process;

        public string Name { get; } = $"{role}-{index}";

        public string Secret { get; init; } = "0123456789abcdef";

        public IReadOnlyCollection<string> Lines => _lines;

        public Task<int> Ended => _ended.Task;

        public void Start()
        {
            ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "mlp.dll"), "vlps", role, .. options]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["TF_CONFIG"] = JsonSerializer.Serialize(new { cluster = new { ps = ports.Select(p => $"127.0.0.1:{p}") }, task = new { type = role, index } });
            start.Environment["RANK"] = index.ToString(CultureInfo.InvariantCulture);
            start.Environment["WORLD_SIZE"] = workers.ToString(CultureInfo.InvariantCulture);
            start.Environment["MLP_CHECKPOINT_DIR"] = folder;
            start.Environment["MLP_TRAINING_SECRET"] = Secret;
            Process process = new() { StartInfo = start, EnableRaisingEvents = true };
            process.OutputDataReceived += (_, e) => Take(e.Data);
            process.ErrorDataReceived += (_, e) => Take(e.Data);
            TaskCompletionSource<int> ended = _ended;
            process.Start();
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            _process = process;
            _ = FollowAsync(process, ended);
        }

        private static async Task FollowAsync(Process process, TaskCompletionSource<int> ended)
        {
            await process.WaitForExitAsync(); // And the end of its lines.
            ended.TrySetResult(process.ExitCode);
        }

        public Task ReachedAsync(int step) => SeenAsync(line =>
            line.StartsWith("step ", StringComparison.Ordinal) && int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) >= step);

        public Task SeenAsync(string text) => SeenAsync(line => line.Contains(text, StringComparison.Ordinal));

        private Task SeenAsync(Func<string, bool> isIt)
        {
            lock (_gate)
            {
                TaskCompletionSource seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_lines.Any(isIt))
                    seen.SetResult();
                else
                    _waiting.Add((isIt, seen));
                return seen.Task.WaitAsync(TestContext.Current.CancellationToken);
            }
        }

        private void Take(string? line)
        {
            if (line is null)
                return;
            lock (_gate)
            {
                _lines.Enqueue(line);
                foreach ((_, TaskCompletionSource seen) in _waiting.Where(w => w.Is(line)))
                    seen.TrySetResult();
            }
        }

        public void KillAndStartAgain()
        {
            Kill();
            _process!.WaitForExit();
            _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Start();
        }

        public void Kill()
        {
            if (_process is { HasExited: false })
                _process.Kill();
        }

        public void Dispose() => _process?.Dispose();
    }
}
