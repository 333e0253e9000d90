using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// Sends each attempt to what runs attempts in its pool, and finds it there again after a restart. Where a cluster has no room for
/// one that has not begun, the pools that the first one overflows into are tried in their order.
/// </summary>
internal sealed partial class ExecutorRouter : IExecutor, IAttemptSink
{
    // The cluster cannot be reached, its quota is used up, or no node takes it.
    private static readonly string[] NoRoom = ["KUBE-001", "KUBE-005", "KUBE-007"];
    private readonly ConcurrentDictionary<AttemptId, Way> _ways = new();
    private readonly IReadOnlyDictionary<string, IExecutor> _executors;
    private readonly IPools? _pools;
    private readonly string _home;
    private readonly ILogger _log;
    private IAttemptSink? _sink;

    /// <param name="executors">By name, <see cref="PoolDeclaration.Process"/> among them.</param>
    /// <param name="pools">Null: there is one pool, of this machine.</param>
    public ExecutorRouter(IReadOnlyDictionary<string, IExecutor> executors, IPools? pools, string home, ILogger<ExecutorRouter> log) =>
        (_executors, _pools, _home, _log) = (executors, pools, home, log);

    /// <inheritdoc/>
    public void Attach(IAttemptSink sink)
    {
        _sink = sink;
        foreach (IExecutor executor in _executors.Values)
            executor.Attach(this);
    }

    /// <inheritdoc/>
    public async Task StartAsync(AttemptOrder order, CancellationToken cancel)
    {
        string folder = AttemptFiles.Folder(_home, order.Id);
        await StartAsync(await CountAsync(order, cancel).ConfigureAwait(false), Route.Read(folder) ?? await RouteAsync(order.Resources.Pool, [], cancel).ConfigureAwait(false), folder, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task StopAsync(AttemptId attempt, TimeSpan grace, CancellationToken cancel) =>
        _ways.TryGetValue(attempt, out Way? way) ? way.Executor.StopAsync(attempt, grace, cancel) : Task.CompletedTask;

    void IAttemptSink.Started(AttemptId attempt, string executionJson)
    {
        if (_ways.TryGetValue(attempt, out Way? way))
            way.HasBegun = true;
        _sink!.Started(attempt, executionJson);
    }

    void IAttemptSink.Reported(AttemptId attempt, int first, IReadOnlyList<MetricPoint> points) => _sink!.Reported(attempt, first, points);

    // Clusters are behind pools and know of no other.
    void IAttemptSink.Moved(AttemptId attempt, string pool) => _sink!.Moved(attempt, pool);

    void IAttemptSink.Ended(AttemptId attempt, AttemptOutcome outcome, AttemptFacts facts)
    {
        if (_ways.TryRemove(attempt, out Way? way) && !way.HasBegun && _pools is not null && outcome is AttemptOutcome.Failed failed && NoRoom.Contains(failed.Failure.Code))
            _ = Task.Run(() => MoveOnAsync(way, failed, facts));
        else
            _sink!.Ended(attempt, outcome, facts);
    }

    private Task StartAsync(AttemptOrder order, Route route, string folder, CancellationToken cancel)
    {
        if (!_executors.TryGetValue(route.Executor, out IExecutor? executor))
        {
            string known = string.Join(", ", _executors.Keys.Order(StringComparer.Ordinal));
            _sink!.Ended(order.Id, new AttemptOutcome.Failed(new Failure(
                FailureKind.Infrastructure, "KUBE-031", $"the pool '{route.Pool ?? ResourcesFile.DefaultPool}' runs on '{route.Executor}', which this server does not know (it knows {known}); set Kubernetes:Clusters:{route.Executor}")), AttemptFacts.None);
            return Task.CompletedTask;
        }
        if (route.Executor != PoolDeclaration.Process)
            route.Write(folder);
        _ways[order.Id] = new Way(order, route, executor);
        // Also after a restart: it may have come before what was told was written down.
        if (route is { Tried.Count: > 0, Pool: { } pool } && pool != order.Resources.Pool)
            _sink!.Moved(order.Id, pool);
        return executor.StartAsync(order with { Resources = order.Resources with { Pool = route.Pool } }, cancel);
    }

    // A cluster has queues of declared groups, and one for work of all others.
    private async Task<AttemptOrder> CountAsync(AttemptOrder order, CancellationToken cancel) =>
        order.Group is { } group && _pools is not null && await _pools.FileAsync(cancel).ConfigureAwait(false) is { } file && !file.Groups.ContainsKey(group) ? order with { QuotaGroup = "" } : order;

    private async Task<Route> RouteAsync(string? asked, IReadOnlyList<string> tried, CancellationToken cancel)
    {
        PoolMap pools = new(_pools is null ? null : await _pools.FileAsync(cancel).ConfigureAwait(false));
        return pools.Find(asked) is { } pool ? new Route(pools.Declared(pool).Executor, asked, tried) : new Route(PoolDeclaration.Process, asked, tried);
    }

    private async Task MoveOnAsync(Way way, AttemptOutcome.Failed failed, AttemptFacts facts)
    {
        AttemptId id = way.Order.Id;
        try
        {
            string here = way.Route.Pool ?? ResourcesFile.DefaultPool, first = way.Route.Tried is [string begun, ..] ? begun : here;
            ResourcesFile? file = await _pools!.FileAsync(CancellationToken.None).ConfigureAwait(false);
            if (file?.Pools.GetValueOrDefault(first)?.Overflow.FirstOrDefault(p => p != here && !way.Route.Tried.Contains(p)) is { } pool)
            {
                LogMoves(_log, id, here, pool, failed.Failure.Message);
                string folder = AttemptFiles.Folder(_home, id);
                if (Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true); // Nothing of it has run: the next executor lays out its own.
                await StartAsync(way.Order, await RouteAsync(pool, [.. way.Route.Tried, here], CancellationToken.None).ConfigureAwait(false), folder, CancellationToken.None).ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DbException)
        {
            LogStays(_log, e, id);
        }
        _sink!.Ended(id, failed, facts);
    }

    [LoggerMessage(3040, LogLevel.Information, "Attempt {Attempt} finds no room in pool {From} and goes to {To}: {Why}")]
    private static partial void LogMoves(ILogger logger, AttemptId attempt, string from, string to, string why);

    [LoggerMessage(3041, LogLevel.Error, "Attempt {Attempt} could not go to another pool")]
    private static partial void LogStays(ILogger logger, Exception e, AttemptId attempt);

    private sealed class Way(AttemptOrder order, Route route, IExecutor executor)
    {
        public AttemptOrder Order { get; } = order;
        public Route Route { get; } = route;
        public IExecutor Executor { get; } = executor;
        public volatile bool HasBegun;
    }
}

/// <summary>Where an attempt was sent (<c>executor.json</c> in its folder; absent where it is a process here).</summary>
/// <param name="Tried">Pools that had no room.</param>
internal sealed record Route(string Executor, string? Pool, IReadOnlyList<string> Tried)
{
    private const string File = "executor.json";

    public static Route? Read(string folder)
    {
        string path = Path.Combine(folder, File);
        return System.IO.File.Exists(path) ? JsonSerializer.Deserialize<Route>(System.IO.File.ReadAllBytes(path), JsonSerializerOptions.Web) : null;
    }

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        AttemptFiles.WriteWhole(Path.Combine(folder, File), JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web));
    }
}
