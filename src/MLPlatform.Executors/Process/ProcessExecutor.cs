using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>
/// Runs attempts as processes of this machine, under a supervisor that outlives the server. Each attempt has a folder;
/// what is in it decides, so a restarted server finds every attempt running or ended and loses none.
/// </summary>
public sealed partial class ProcessExecutor : IExecutor, ISupervisorListener, IAsyncDisposable
{
    private bool _disposed;
    private readonly ConcurrentDictionary<AttemptId, Flight> _flights = new();
    private readonly ProcessExecutorOptions _options;
    private readonly ILogger<ProcessExecutor> _log;
    private readonly SupervisorConnection _supervisor;
    private readonly AttemptHarvest _harvest;
    private readonly IArtifactStore? _artifacts;
    private readonly IAttemptVariables? _variables;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private Task? _watching;
    private IAttemptSink? _sink;

    /// <param name="artifacts">Where scripts' artifacts come from and go; null: scripts get references alone.</param>
    /// <param name="variables">What attempts see in their environment besides the protocol's own; null: nothing.</param>
    public ProcessExecutor(
        IOptions<ProcessExecutorOptions> options, TimeProvider time, ILogger<ProcessExecutor> log, IArtifactStore? artifacts = null, IAttemptVariables? variables = null)
    {
        _variables = variables;
        _artifacts = artifacts;
        _options = options.Value;
        _log = log;
        _time = time;
        _harvest = new AttemptHarvest(_options, artifacts);
        _supervisor = new SupervisorConnection(new SupervisorLauncher(_options, time, log), this, time, log);
    }

    private IAttemptSink Sink => _sink ?? throw new InvalidOperationException("attach a sink before starting attempts");

    /// <inheritdoc/>
    public void Attach(IAttemptSink sink) => _sink = sink;

    /// <inheritdoc/>
    public Task StartAsync(AttemptOrder order, CancellationToken cancel)
    {
        _ = Sink;
        var flight = new Flight(order, Path.GetFullPath(AttemptFiles.Folder(_options.Home, order.Id)), _options.MetricPoints);
        if (_flights.TryAdd(order.Id, flight))
            return Task.Run(() => BeginAsync(flight, cancel), cancel);
        // It is under way: its end will be told. Who asks again has forgotten what it reported.
        if (_flights.TryGetValue(order.Id, out Flight? known))
            known.Metrics.BeginAnew();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(AttemptId attempt, TimeSpan grace, CancellationToken cancel)
    {
        if (_flights.TryGetValue(attempt, out Flight? flight))
        {
            flight.Stop = new ToSupervisor.Stop(attempt.ToString(), (long)grace.TotalMilliseconds);
            if (flight.Start is not null)
                _supervisor.Post(flight.Stop);
        }
        return Task.CompletedTask;
    }

    /// <summary>Leaves the supervisor; what runs goes on.</summary>
    // The container knows it under two names and lets go of it twice.
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, true))
            return;
        await _end.CancelAsync();
        if (_watching is { } watching)
            await watching;
        await _supervisor.DisposeAsync();
    }

    IReadOnlyList<ToSupervisor> ISupervisorListener.Pending() =>
        [.. _flights.Values.Where(f => f.Start is not null).SelectMany(f => f.Stop is null ? (ToSupervisor[])[f.Start!] : [f.Start!, f.Stop])];

    void ISupervisorListener.Received(FromSupervisor message)
    {
        switch (message)
        {
            case FromSupervisor.Started started when Find(started.Id) is Flight flight:
                if (flight.TryTellStarted())
                    Sink.Started(flight.Order.Id, AttemptHarvest.Execution(started.Process));
                Watch();
                break;
            case FromSupervisor.Ended ended when Find(ended.Id) is Flight flight:
                _ = Task.Run(() => EndAsync(flight, ended.Exit));
                break;
        }
    }

    void ISupervisorListener.Unreachable(Exception why)
    {
        foreach (Flight flight in _flights.Values)
        {
            // What was started once may run still: only a supervisor can tell, so that waits for one.
            if (!File.Exists(Path.Combine(flight.Folder, AttemptFiles.Log)))
                Fail(flight, new Failure(FailureKind.Infrastructure, "EXEC-020", "no supervisor can be reached: " + why.Message));
        }
    }

    private Flight? Find(string id) =>
        AttemptId.TryParse(id, out AttemptId attempt) && _flights.TryGetValue(attempt, out Flight? flight) ? flight : null;

    private async Task BeginAsync(Flight flight, CancellationToken cancel)
    {
        try
        {
            if (await AttemptFolder.PrepareAsync(flight.Folder, flight.Order, _artifacts, _time).ConfigureAwait(false) is ExitRecord exit)
            {
                await EndAsync(flight, exit).ConfigureAwait(false);
                return;
            }
            if (flight.Order.KeepsCheckpoints)
                Directory.CreateDirectory(AttemptFiles.Checkpoints(Path.GetFullPath(_options.Home), flight.Order.Id));
            if (_variables is not null)
                await _variables.Ready.WaitAsync(cancel).ConfigureAwait(false);
            flight.Start = StartMessage(flight);
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
        _supervisor.Post(flight.Start);
        if (flight.Stop is ToSupervisor.Stop stop)
            _supervisor.Post(stop);
    }

    private ToSupervisor.Start StartMessage(Flight flight)
    {
        AttemptOrder order = flight.Order;
        var limits = new LimitsOrder(order.Resources.MemoryBytes, order.Resources.MilliCpu, _options.LogBytes, _options.Pids);
        return order.Placement == ActivityPlacement.Script && order.Command is ScriptCommand command
            ? new ToSupervisor.Start(
                order.Id.ToString(),
                new ScriptOrder(command.Roles ? RolesLauncher() : command.Arguments, command.Code is { } code ? CodeFolder.Start(flight.Folder, code) : command.WorkingFolder, AttemptEnvironment.Script(order, flight.Folder, _options, _variables)),
                null, limits)
            : new ToSupervisor.Start(
                order.Id.ToString(), null,
                new WorkerOrder(
                    order.Type, order.Pipeline, order.Activity, order.LogicalDate, AttemptEnvironment.Attempt(order, flight.Folder, _options, _variables)),
                limits);
    }

    private string[] RolesLauncher() => [WorkerProgram.FindHost(), WorkerProgram.Find(_options.WorkerPath), "roles"];

    private async Task EndAsync(Flight flight, ExitRecord exit)
    {
        if (!flight.TryEnd())
            return;
        try
        {
            (AttemptOutcome outcome, AttemptFacts facts) = await _harvest.CollectAsync(flight.Order, flight.Folder, exit).ConfigureAwait(false);
            Finish(flight, outcome, facts);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(_log, e, flight.Order.Id);
            Finish(flight, new AttemptOutcome.Failed(FailureOf.Unwritable(flight.Folder, e)), AttemptFacts.None);
        }
        catch (ActivityException e)
        {
            Finish(flight, new AttemptOutcome.Failed(new Failure(e.Kind, e.Code, e.Message)), AttemptFacts.None);
        }
    }

    private void Watch()
    {
        lock (_flights)
            _watching ??= Task.Run(WatchAsync);
    }

    // Tells what running attempts report.
    private async Task WatchAsync()
    {
        using PeriodicTimer looks = new(_options.LookEvery, _time);
        try
        {
            while (await looks.WaitForNextTickAsync(_end.Token))
            {
                foreach (Flight flight in _flights.Values.Where(f => f.IsRunning))
                    Look(flight);
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            LogLeft(_log);
        }
    }

    private void Look(Flight flight)
    {
        try
        {
            (int first, IReadOnlyList<MetricPoint> points) = flight.Metrics.Next(_time.GetUtcNow());
            if (points.Count > 0)
                Sink.Reported(flight.Order.Id, first, points);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogUnseen(_log, e, flight.Order.Id); // All of it is read again at the end, and counts then.
        }
    }

    private void Fail(Flight flight, Failure failure)
    {
        if (flight.TryEnd())
            Finish(flight, new AttemptOutcome.Failed(failure), AttemptFacts.None);
    }

    private void Finish(Flight flight, AttemptOutcome outcome, AttemptFacts facts)
    {
        Sink.Ended(flight.Order.Id, outcome, facts);
        _flights.TryRemove(flight.Order.Id, out _);
    }

    [LoggerMessage(3010, LogLevel.Error, "Reading what attempt {Attempt} left failed")]
    private static partial void LogUnreadable(ILogger logger, Exception e, AttemptId attempt);

    [LoggerMessage(3011, LogLevel.Debug, "What attempt {Attempt} reports cannot be read now")]
    private static partial void LogUnseen(ILogger logger, Exception e, AttemptId attempt);

    [LoggerMessage(3012, LogLevel.Debug, "Left the attempts that run")]
    private static partial void LogLeft(ILogger logger);

    /// <summary>An attempt from our start until we told its end.</summary>
    private sealed class Flight(AttemptOrder order, string folder, int mostPoints)
    {
        private int _started;
        private int _ended;

        public AttemptOrder Order { get; } = order;
        public string Folder { get; } = folder;

        /// <summary>What it reports while it runs.</summary>
        public MetricsTail Metrics { get; } = new(Path.Combine(folder, AttemptFiles.Metrics), mostPoints);

        public bool IsRunning => Volatile.Read(ref _started) == 1 && Volatile.Read(ref _ended) == 0;

        /// <summary>What the supervisor is told, once the folder is ready.</summary>
        public volatile ToSupervisor.Start? Start;
        public volatile ToSupervisor.Stop? Stop;

        public bool TryTellStarted() => Interlocked.Exchange(ref _started, 1) == 0;

        public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;
    }
}
