using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using k8s.Autorest;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// Runs attempts on one cluster. The attempt's folder, on a volume that the pods share, says what was handed over and how it
/// ended; the cluster says the rest, so a restarted server adopts what runs and loses nothing.
/// </summary>
internal sealed partial class KubernetesExecutor : IExecutor, IAsyncDisposable
{
    private static readonly TimeSpan StopAgain = TimeSpan.FromSeconds(5), AskAgain = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, ClusterFlight> _flights = new(StringComparer.Ordinal);
    private readonly Channel<string> _news = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private readonly string _name;
    private readonly string _home;
    private readonly string _selector;
    private readonly ClusterSettings _cluster;
    private readonly ProcessExecutorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly IArtifactStore? _artifacts;
    private readonly IAttemptVariables? _variables;
    private readonly AttemptHarvest _harvest;
    private readonly ClusterClient _client;
    private readonly ClusterView<PodSeen> _pods;
    private readonly Dictionary<WorkloadKind, ClusterView<WorkloadSeen>> _views = [];
    private readonly List<Task> _loops = [];
    private IAttemptSink? _sink;

    public KubernetesExecutor(
        string name, ClusterSettings cluster, ProcessExecutorOptions options, TimeProvider time, ILogger log, IArtifactStore? artifacts = null, IAttemptVariables? variables = null)
    {
        (_name, _cluster, _options, _time, _log, _artifacts, _variables) = (name, cluster, options, time, log, artifacts, variables);
        _home = Path.GetFullPath(options.Home);
        _selector = KubeNames.Selector(_home);
        _harvest = new AttemptHarvest(options, artifacts);
        _client = ClusterClient.Open(cluster, time);
        _pods = new ClusterView<PodSeen>("pods", c => _client.ListPodsAsync(_selector, c), (v, c) => _client.WatchPodsAsync(_selector, v, c), Told, cluster, time, log);
    }

    private IAttemptSink Sink => _sink ?? throw new InvalidOperationException("attach a sink before starting attempts");

    /// <inheritdoc/>
    public void Attach(IAttemptSink sink) => _sink = sink;

    /// <summary>The labels of the nodes of an attempt's pool.</summary>
    public Func<string?, ValueTask<IReadOnlyDictionary<string, string>>> SelectorOf { get; set; } = static _ => ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());

    /// <inheritdoc/>
    public Task StartAsync(AttemptOrder order, CancellationToken cancel)
    {
        _ = Sink;
        var flight = new ClusterFlight(order, AttemptFiles.Folder(_home, order.Id), _options.MetricPoints);
        if (_flights.TryAdd(flight.Key, flight))
            return Task.Run(() => BeginAsync(flight), cancel);
        flight.Dispose();
        // It is under way: its end will be told. Who asks again has forgotten what it reported.
        if (_flights.TryGetValue(flight.Key, out ClusterFlight? known))
            known.Metrics.BeginAnew();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(AttemptId attempt, TimeSpan grace, CancellationToken cancel)
    {
        if (!_flights.TryGetValue(attempt.ToString(), out ClusterFlight? flight))
            return;
        flight.Stop = grace;
        if (flight.Workload is { } workload)
            await RemoveAsync(flight, workload, grace).ConfigureAwait(false);
        Told(flight.Key);
    }

    /// <summary>Leaves the cluster; what runs goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_end.IsCancellationRequested)
            return;
        await _end.CancelAsync().ConfigureAwait(false);
        Task[] loops;
        lock (_gate)
            loops = [.. _loops];
        foreach (ClusterFlight flight in _flights.Values)
            flight.StopLogs();
        await Task.WhenAll(loops.Concat(_flights.Values.SelectMany(f => f.Logs.Values.Select(l => l.Following)))).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        foreach (ClusterFlight flight in _flights.Values)
            flight.Dispose();
        _client.Dispose();
    }

    private void Told(string attempt) => _news.Writer.TryWrite(attempt);

    private async Task BeginAsync(ClusterFlight flight)
    {
        try
        {
            if (await AttemptFolder.PrepareAsync(flight.Folder, flight.Order, _artifacts, _time).ConfigureAwait(false) is ExitRecord exit)
            {
                if (!flight.TryEnd())
                    return;
                ClusterMeter.Close(flight.Folder, [], exit); // The server that wrote the end may have been lost before it did.
                await FinishAsync(flight, exit, null).ConfigureAwait(false);
                return;
            }
            if (flight.Order.KeepsCheckpoints)
                Directory.CreateDirectory(AttemptFiles.Checkpoints(_home, flight.Order.Id));
            Directory.CreateDirectory(Path.Combine(_home, "artifacts"));
            Workload workload = AttemptManifest.Of(flight.Order, _home, _cluster, await SelectorOf(flight.Order.Resources.Pool).ConfigureAwait(false));
            Watch(workload.Kind);
            if (await HandOverAsync(flight, workload).ConfigureAwait(false) is { } refused)
            {
                Fail(flight, refused);
                return;
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            return; // The next server goes on.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(flight, FailureOf.Unwritable(flight.Folder, e));
            return;
        }
        catch (ActivityException e)
        {
            Fail(flight, new Failure(e.Kind, e.Code, e.Message));
            return;
        }
        Told(flight.Key);
    }

    // Safe to repeat: a name is taken once, and what was handed over is on record. Null: it is on the cluster.
    private async Task<Failure?> HandOverAsync(ClusterFlight flight, Workload workload)
    {
        ClusterRecord? known = ClusterRecord.Read(flight.Folder);
        if (known is null)
        {
            if (flight.Stop is not null)
                return new Failure(FailureKind.Cancelled, "EXEC-022", "stopped as asked, before it was handed to the cluster");
            if (await SubmitAsync(flight, workload).ConfigureAwait(false) is { } refused)
                return refused;
            known = new ClusterRecord { Cluster = _name, Kind = workload.Kind.Kind, Name = workload.Name, SubmittedAt = _time.GetUtcNow() };
            known.Write(flight.Folder);
        }
        flight.SubmittedAt = known.SubmittedAt;
        flight.HasRun = known.HasRun;
        flight.Writer = new AttemptLogWriter(flight.Folder, known, _options.LogBytes, words => LogCapLost(_log, flight.Order.Id, words));
        flight.Workload = workload;
        if (flight.Stop is { } grace)
            await RemoveAsync(flight, workload, grace).ConfigureAwait(false);
        return null;
    }

    private async Task<Failure?> SubmitAsync(ClusterFlight flight, Workload workload)
    {
        if (_variables is not null)
            await _variables.Ready.WaitAsync(_end.Token).ConfigureAwait(false);
        long began = _time.GetTimestamp();
        while (true)
        {
            try
            {
                if (PodEnvironment.Tracks(flight.Order, _cluster) && _variables?.Of(flight.Order).TryGetValue(PodEnvironment.Token, out string? token) == true
                    && await _client.CreateSecretAsync(workload.Name, KubeNames.Labels(flight.Order, _home), new Dictionary<string, string> { [PodEnvironment.Token] = token }, _end.Token).ConfigureAwait(false) is { } noSecret)
                    return noSecret;
                foreach ((WorkloadKind kind, System.Text.Json.Nodes.JsonObject body) in workload.Before)
                {
                    if (await _client.CreateAsync(kind, body, _end.Token).ConfigureAwait(false) is { } noGang)
                        return noGang;
                }
                return await _client.CreateAsync(workload.Kind, workload.Main, _end.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (IsUnreachable(e))
            {
                if (_time.GetElapsedTime(began) >= _cluster.ReachPatience)
                    return new Failure(FailureKind.Infrastructure, "KUBE-001", $"the cluster {_name} cannot be reached: {e.Message}");
                LogUnreachable(_log, e, _name);
                await Task.Delay(_cluster.LookEvery, _time, _end.Token).ConfigureAwait(false);
            }
        }
    }

    private bool IsUnreachable(Exception e) =>
        !_end.IsCancellationRequested && e is HttpRequestException or HttpOperationException or IOException or OperationCanceledException or JsonException;

    // Views begin with the first attempt that needs them: a server without work asks nothing of a cluster.
    private void Watch(WorkloadKind kind)
    {
        lock (_gate)
        {
            if (_loops.Count == 0)
            {
                _loops.Add(Task.Run(() => _pods.RunAsync(_end.Token)));
                _loops.Add(Task.Run(LookAsync));
                _loops.Add(Task.Run(MeterAsync));
                if (_cluster.Mode == ClusterMode.Bind)
                    _loops.Add(Task.Run(BindAsync));
            }
            if (_views.ContainsKey(kind))
                return;
            ClusterView<WorkloadSeen> view = new(
                kind.Plural, c => _client.ListAsync(kind, _selector, c), (v, c) => _client.WatchAsync(kind, _selector, v, c), Told, _cluster, _time, _log);
            _views[kind] = view;
            _loops.Add(Task.Run(() => view.RunAsync(_end.Token)));
        }
    }

    // One loop looks at all attempts, so that nothing about one is decided twice at once.
    private async Task LookAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            using CancellationTokenSource tick = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            Task pause = Task.Delay(_cluster.LookEvery, _time, tick.Token);
            Task<bool> news = _news.Reader.WaitToReadAsync(tick.Token).AsTask();
            await Task.WhenAny(pause, news).ConfigureAwait(false);
            bool all = pause.IsCompleted;
            await tick.CancelAsync().ConfigureAwait(false);
            HashSet<string> due = all ? [.. _flights.Keys] : new(StringComparer.Ordinal);
            while (_news.Reader.TryRead(out string? attempt))
                due.Add(attempt);
            foreach (string attempt in due)
            {
                if (_flights.TryGetValue(attempt, out ClusterFlight? flight) && flight is { Workload: not null, HasEnded: false })
                    await LookAtAsync(flight, all).ConfigureAwait(false);
            }
        }
    }

    // The scheduler of our pods: it looks only while any of ours has no node.
    private async Task BindAsync()
    {
        ClusterBinder binder = new(_client, _cluster, _time, _log);
        using PeriodicTimer looks = new(_cluster.LookEvery, _time);
        try
        {
            while (await looks.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
            {
                try
                {
                    if (_flights.Keys.Any(a => _pods.Of(a).Any(p => p.Node.Length == 0)))
                        await binder.BindOnceAsync(_end.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (IsUnreachable(e))
                {
                    LogUnreachable(_log, e, _name); // Looked at again.
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task MeterAsync()
    {
        ClusterMeter meter = new(_client, _selector, _name, _log);
        using PeriodicTimer looks = new(_cluster.UsageEvery, _time);
        try
        {
            while (await looks.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
            {
                Dictionary<ClusterFlight, IReadOnlyList<PodSeen>> running = _flights.Values.Where(f => f.IsRunning).ToDictionary(f => f, f => _pods.Of(f.Key));
                try
                {
                    if (running.Count > 0)
                        await meter.LookAsync(running, _end.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (IsUnreachable(e) || e is FormatException or UnauthorizedAccessException)
                {
                    LogUnmeasured(_log, e, _name); // Looked at again.
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            return;
        }
    }

    private async Task LookAtAsync(ClusterFlight flight, bool reports)
    {
        try
        {
            await JudgeAsync(flight).ConfigureAwait(false);
            if (reports && flight.IsRunning && flight.Metrics.Next(_time.GetUtcNow()) is (int first, { Count: > 0 } points))
                Sink.Reported(flight.Order.Id, first, points);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e) when (IsUnreachable(e) || e is UnauthorizedAccessException)
        {
            LogUnseen(_log, e, flight.Order.Id); // Looked at again.
        }
    }

    private async Task JudgeAsync(ClusterFlight flight)
    {
        ClusterView<WorkloadSeen> view = _views[flight.Workload!.Kind];
        if (!_pods.IsComplete || !view.IsComplete)
            return;
        // 1. See.
        DateTimeOffset now = _time.GetUtcNow();
        WorkloadSeen? workload = view.Of(flight.Key) is [var found, ..] ? found : null;
        IReadOnlyList<PodSeen> pods = _pods.Of(flight.Key);
        Follow(flight, pods);
        if (flight.Stop is { } grace && workload is { Deleting: false } && flight.IsTimeTo(StopAgain, now))
            await RemoveAsync(flight, flight.Workload, grace).ConfigureAwait(false); // What was asked before did not arrive.
        // 2. Decide.
        PodVerdict verdict = PodVerdict.Of(workload, pods, new Situation(now, flight.SubmittedAt, flight.IsGang, flight.HasRun, flight.OverFor(workload, now), p => flight.WaitsSince(p, now)), _cluster);
        // 3. Tell.
        switch (verdict)
        {
            case PodVerdict.Runs runs:
                flight.HasRun = true;
                flight.Writer!.NoteRun();
                if (flight.TryTellStarted())
                    Sink.Started(flight.Order.Id, JsonSerializer.Serialize(Place(flight, runs.First), HarvestJson.Default.ExecutionFacts));
                break;
            case PodVerdict.Waits waits when waits.Why != flight.Waits:
                flight.Waits = waits.Why;
                LogWaits(_log, flight.Order.Id, waits.Why);
                break;
            case PodVerdict.HasNoPods when flight.IsTimeTo(AskAgain, now) && (await _client.EventsAsync(flight.Workload.Name, _end.Token).ConfigureAwait(false)).FirstOrDefault(w => Refusals.IsQuota(w)) is { } refused:
                End(flight, pods, new ExitRecord { At = now, Failure = Refusals.Quota(refused), Stopped = flight.Stop is not null }, null);
                break;
            case PodVerdict.Ended ended:
                End(flight, pods, PodVerdict.Exit(ended.End, flight.Stop is not null, flight.Order.Resources.MemoryBytes, now), ended.Pod);
                break;
            case PodVerdict.Succeeded:
                End(flight, pods, new ExitRecord { At = now, Code = 0 }, null);
                break;
            case PodVerdict.Failed failed:
                End(flight, pods, new ExitRecord { At = now, Failure = flight.Stop is null ? failed.Failure : null, Stopped = flight.Stop is not null }, pods.Count > 0 ? pods[0] : null);
                break;
            case PodVerdict.Gone when await _client.FindAsync(flight.Workload.Kind, flight.Workload.Name, _end.Token).ConfigureAwait(false) is null:
                End(flight, pods, Vanished(flight, now), null);
                break;
        }
    }

    // A built-in activity writes its end down itself; of anything else nobody knows.
    private static ExitRecord Vanished(ClusterFlight flight, DateTimeOffset now) => flight.Stop is not null
        ? new ExitRecord { At = now, Stopped = true }
        : new ExitRecord
        {
            At = now,
            Failure = new Failure(FailureKind.Infrastructure, "KUBE-013", "its objects are gone from the cluster without a trace of how it ended: somebody removed them, or they ended while no server was there for longer than they are kept"),
        };

    private void Follow(ClusterFlight flight, IReadOnlyList<PodSeen> pods)
    {
        foreach (PodSeen pod in pods.Where(p => (p.Runs || p.End is not null) && !flight.Logs.ContainsKey(p.Name)))
        {
            PodLog log = new(_client, flight.Writer!, pod, _time, _log);
            flight.Logs[pod.Name] = (log, pod.End is null ? Task.Run(() => log.FollowAsync(flight.LogsEnd)) : Task.CompletedTask);
        }
    }

    private void End(ClusterFlight flight, IReadOnlyList<PodSeen> pods, ExitRecord exit, PodSeen? pod)
    {
        if (flight.TryEnd())
            _ = Task.Run(() => CompleteAsync(flight, pods, exit, pod));
    }

    private async Task CompleteAsync(ClusterFlight flight, IReadOnlyList<PodSeen> pods, ExitRecord exit, PodSeen? pod)
    {
        try
        {
            await ClusterEnding.DrainAsync(flight, _time, _end.Token).ConfigureAwait(false);
            exit = ClusterEnding.WithWorkersWords(flight, exit);
            // How it ended is nowhere else once its objects are gone; what it used can be closed later as well.
            AttemptFiles.WriteWhole(Path.Combine(flight.Folder, AttemptFiles.Exit), JsonSerializer.SerializeToUtf8Bytes(exit, ProtocolJson.Default.ExitRecord));
            ClusterMeter.Close(flight.Folder, pods, exit);
            if (exit.Failure is not null || pods.Any(p => p.End is null))
                await RemoveAsync(flight, flight.Workload!, _cluster.Grace).ConfigureAwait(false); // What has not ended by itself must not go on.
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            return; // The next server finds it ended.
        }
        catch (Exception e) when (IsUnreachable(e) || e is UnauthorizedAccessException)
        {
            LogUnreadable(_log, e, flight.Order.Id);
        }
        await FinishAsync(flight, exit, Place(flight, pod)).ConfigureAwait(false);
    }

    private async Task RemoveAsync(ClusterFlight flight, Workload workload, TimeSpan grace)
    {
        try
        {
            await _client.DeleteAsync(workload.Kind, workload.Name, _end.Token).ConfigureAwait(false);
            foreach (PodSeen pod in _pods.Of(flight.Key).Where(p => p.End is null))
                await _client.DeletePodAsync(pod.Name, grace, _end.Token).ConfigureAwait(false);
            foreach ((WorkloadKind kind, System.Text.Json.Nodes.JsonObject body) in workload.Before)
                await _client.DeleteAsync(kind, (string)body["metadata"]!["name"]!, _end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            LogUnseen(_log, e, flight.Order.Id); // The time limit of the object and the quota see to it in the end; the watch tells.
        }
    }

    private async Task FinishAsync(ClusterFlight flight, ExitRecord exit, ExecutionFacts? place)
    {
        AttemptOutcome outcome;
        AttemptFacts facts = AttemptFacts.None;
        try
        {
            if (PodEnvironment.Tracks(flight.Order, _cluster))
                await _client.DeleteSecretAsync(KubeNames.Of(flight.Order.Id), _end.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            LogUnseen(_log, e, flight.Order.Id);
        }
        try
        {
            (outcome, facts) = await _harvest.CollectAsync(flight.Order, flight.Folder, exit, place).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(_log, e, flight.Order.Id);
            outcome = new AttemptOutcome.Failed(FailureOf.Unwritable(flight.Folder, e));
        }
        catch (ActivityException e)
        {
            outcome = new AttemptOutcome.Failed(new Failure(e.Kind, e.Code, e.Message));
        }
        Tell(flight, outcome, facts);
    }

    private ExecutionFacts Place(ClusterFlight flight, PodSeen? pod) => new()
    {
        Cluster = _name,
        Object = $"{flight.Workload?.Kind.Kind}/{flight.Workload?.Name}",
        Pod = pod?.Name,
        Node = pod?.Node is { Length: > 0 } node ? node : null,
    };

    private void Fail(ClusterFlight flight, Failure failure)
    {
        if (flight.TryEnd())
            Tell(flight, new AttemptOutcome.Failed(failure), AttemptFacts.None);
    }

    private void Tell(ClusterFlight flight, AttemptOutcome outcome, AttemptFacts facts)
    {
        // Gone first, so that who is told may start it anew at once, elsewhere or here.
        _flights.TryRemove(flight.Key, out _);
        flight.Dispose();
        Sink.Ended(flight.Order.Id, outcome, facts);
    }

    [LoggerMessage(3030, LogLevel.Error, "Reading what attempt {Attempt} left failed")]
    private static partial void LogUnreadable(ILogger logger, Exception e, AttemptId attempt);

    [LoggerMessage(3053, LogLevel.Warning, "What pods use on the cluster {Cluster} could not be seen; looking again")]
    private static partial void LogUnmeasured(ILogger logger, Exception e, string cluster);

    [LoggerMessage(3031, LogLevel.Debug, "Attempt {Attempt} cannot be looked at now")]
    private static partial void LogUnseen(ILogger logger, Exception e, AttemptId attempt);

    [LoggerMessage(3032, LogLevel.Warning, "The cluster {Cluster} cannot be reached")]
    private static partial void LogUnreachable(ILogger logger, Exception e, string cluster);

    [LoggerMessage(3033, LogLevel.Information, "Attempt {Attempt} waits on the cluster: {Why}")]
    private static partial void LogWaits(ILogger logger, AttemptId attempt, string why);

    [LoggerMessage(3034, LogLevel.Warning, "The log of attempt {Attempt}: {Words}")]
    private static partial void LogCapLost(ILogger logger, AttemptId attempt, string words);
}
