using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Executors.Process.Native;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

/// <summary>A real <c>mlp serve</c> with its supervisor and workers, whose processes are killed at random while a run goes on.</summary>
/// <param name="calm">How long the run takes undisturbed: the pauses are parts of it.</param>
internal sealed class KilledPlane(string program, Random random, TimeSpan calm) : IDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private Process? _server;

    public string Home { get; } = Directory.CreateTempSubdirectory("mlp-killed-").FullName;

    public int WorkersKilled { get; private set; }
    public int ServersKilled { get; private set; }

    public async Task ServeAsync()
    {
        ProcessStartInfo start = new("dotnet", [program, "serve", "--address", "http://127.0.0.1:0"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MLP_HOME"] = Home;
        start.Environment.Remove("MLP_SERVER");
        _server = Process.Start(start)!;
        while (true)
        {
            string line = await _server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
                ?? throw new InvalidOperationException("mlp serve ended: " + await _server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            if (!line.Contains(" at http://127.0.0.1:", StringComparison.Ordinal))
                continue;
            Address = new Uri(line.Split(" at ")[1].Split(' ')[0]);
            _ = _server.StandardOutput.ReadToEndAsync();
            _ = _server.StandardError.ReadToEndAsync();
            return;
        }
    }

    private Uri Address { get; set; } = null!;

    public async Task<JsonElement> GetAsync(string path) => await _client.GetFromJsonAsync<JsonElement>(new Uri(Address, path), TestContext.Current.CancellationToken);

    /// <summary>Runs a pipeline to its end, killing that many workers and servers on the way.</summary>
    public async Task<JsonElement> RunAsync(JsonElement pipeline, string folder, int workers, int servers)
    {
        using HttpResponseMessage started = await _client.PostAsJsonAsync(new Uri(Address, "/api/v1/runs"), new { file = new { pipeline, folder } }, TestContext.Current.CancellationToken);
        JsonElement run = await started.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.True(started.IsSuccessStatusCode, run.ToString());
        string path = $"/api/v1/runs/{run.GetProperty("id").GetString()}";
        Queue<Kill> kills = new(Plan(pipeline.GetProperty("activities").EnumerateObject().Count(), workers, servers));
        Stopwatch watch = Stopwatch.StartNew();
        Stopwatch since = Stopwatch.StartNew();
        int seen = 0;
        while (true)
        {
            JsonElement now = await GetAsync(path);
            if (now.GetProperty("state").GetString() is not "running")
                return now;
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"the run does not end: {now}");
            int ended = now.GetProperty("activities").EnumerateArray().Count(a => a.GetProperty("state").GetString() == "succeeded");
            if (ended > seen)
                (seen, since) = (ended, Stopwatch.StartNew());
            if (kills.TryPeek(out Kill kill) && (ended > kill.After || (ended == kill.After && since.Elapsed > kill.Pause)) && await TryKillAsync(kill))
            {
                kills.Dequeue();
                since.Restart();
            }
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>
    /// When to kill what: after so many activities have ended and a pause, or at once when one more has ended. A plan by the run's
    /// progress kills as many on a fast machine as on a slow one.
    /// </summary>
    private IEnumerable<Kill> Plan(int activities, int workers, int servers)
    {
        bool[] server = [.. Enumerable.Repeat(true, servers), .. Enumerable.Repeat(false, workers)];
        random.Shuffle(server);
        // None after the last but three: the run might end while one waits for its moment.
        int[] after = [.. server.Select(_ => random.Next(activities - 3)).Order()];
        // Squared: most strike early, some late enough to meet a worker in the middle of its work.
        return server.Zip(after, (s, a) => new Kill(s, a, Math.Pow(random.NextDouble(), 2) * calm / 8));
    }

    private readonly record struct Kill(bool Server, int After, TimeSpan Pause);

    private async Task<bool> TryKillAsync(Kill kill)
    {
        if (kill.Server)
        {
            await KillServerAsync();
            return true;
        }
        return KillWorker();
    }

    /// <summary>False where no worker lives at this moment.</summary>
    private bool KillWorker()
    {
        if (SupervisorPid() is not { } supervisor)
            return false;
        ProcStat[] workers = [.. ProcStat.ReadAll().Where(p => p.Parent == supervisor && !p.IsZombie)];
        if (workers.Length == 0)
            return false;
        _ = Libc.Kill(workers[random.Next(workers.Length)].Pid, Libc.SigKill);
        WorkersKilled++;
        return true;
    }

    private async Task KillServerAsync()
    {
        _server!.Kill();
        await _server.WaitForExitAsync(TestContext.Current.CancellationToken);
        ServersKilled++;
        await ServeAsync();
    }

    private int? SupervisorPid() => File.Exists(Path.Combine(Home, "supervisor.json"))
        ? JsonElement.Parse(File.ReadAllText(Path.Combine(Home, "supervisor.json"))).GetProperty("pid").GetInt32() : null;

    public void Dispose()
    {
        _client.Dispose();
        if (_server is { HasExited: false })
            _server.Kill();
        _server?.WaitForExit();
        _server?.Dispose();
        if (SupervisorPid() is { } supervisor && ProcStat.Read(supervisor) is not null)
        {
            using Process process = Process.GetProcessById(supervisor);
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        Directory.Delete(Home, recursive: true);
    }
}
