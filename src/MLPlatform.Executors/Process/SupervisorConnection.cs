using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>What stands on our side of the connection.</summary>
internal interface ISupervisorListener
{
    /// <summary>All that a supervisor which knows nothing must be told now; empty if nothing is under way.</summary>
    IReadOnlyList<ToSupervisor> Pending();

    void Received(FromSupervisor message);

    void Unreachable(Exception why);
}

/// <summary>
/// Keeps us connected to the supervisor while something is under way. What was under way is told again after every
/// reconnection; starts are safe to repeat, so nothing is lost or done twice.
/// </summary>
internal sealed partial class SupervisorConnection(
    SupervisorLauncher launcher, ISupervisorListener listener, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _needed = new(0);
    private readonly CancellationTokenSource _end = new();
    private JsonLines<FromSupervisor, ToSupervisor>? _lines;
    private Task? _loop;
    private bool _waiting;
    private bool _disposed;
    private bool _retired;

    /// <summary>Sends now, or, while there is no connection, opens one, which tells all that is pending.</summary>
    public void Post(ToSupervisor message)
    {
        lock (_gate)
        {
            if (_lines is not null)
            {
                _lines.Send(message);
                return;
            }
            _loop ??= Task.Run(KeepAsync);
            Need();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _end.CancelAsync();
        if (_loop is not null)
            await _loop;
        _end.Dispose();
        _needed.Dispose();
    }

    // Under the lock.
    private void Need()
    {
        if (_waiting)
            return;
        _waiting = true;
        _needed.Release();
    }

    private async Task KeepAsync()
    {
        try
        {
            while (true)
            {
                await _needed.WaitAsync(_end.Token);
                lock (_gate)
                    _waiting = false;
                if (!await TryOnceAsync())
                    await Task.Delay(Pause, time, _end.Token);
                lock (_gate)
                {
                    if (listener.Pending().Count > 0)
                        Need();
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            LogClosed(log);
        }
    }

    private async Task<bool> TryOnceAsync()
    {
        Socket socket;
        try
        {
            socket = await launcher.ConnectAsync(_end.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            LogUnreachable(log, e);
            listener.Unreachable(e);
            return false;
        }
        try
        {
            await TalkAsync(socket);
        }
        catch (Exception e) when (e is IOException or SocketException or JsonException)
        {
            LogBroken(log, e);
        }
        return true;
    }

    private async Task TalkAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var lines = new JsonLines<FromSupervisor, ToSupervisor>(
            stream, ProtocolJson.Default.FromSupervisor, ProtocolJson.Default.ToSupervisor);
        Task writing = lines.WriteAllAsync(_end.Token);
        try
        {
            await foreach (FromSupervisor message in lines.ReadAllAsync(_end.Token))
            {
                if (message is FromSupervisor.Hello hello)
                    Greet(hello, lines);
                else
                    listener.Received(message);
            }
        }
        finally
        {
            lock (_gate)
                _lines = null;
            lines.Complete();
            await writing.ContinueWith(static t => t.Exception, TaskScheduler.Default); // The reader saw it end, too.
        }
    }

    private void Greet(FromSupervisor.Hello hello, JsonLines<FromSupervisor, ToSupervisor> lines)
    {
        if (hello.Protocol != FromSupervisor.Version)
            throw new IOException(
                $"the supervisor (process {hello.Pid}) speaks protocol {hello.Protocol}, this server {FromSupervisor.Version}; "
                + "let its attempts end, then it ends and a current one takes its place");
        LogConnected(log, hello.Pid);
        lock (_gate)
        {
            // One of an older build makes room if it has nothing to do; else it goes on, and we with it. Asked once only:
            // two names for one build must not make us replace supervisors for ever.
            if (!_retired && launcher.Build is string build && hello.Build != build)
            {
                _retired = true;
                lines.Send(new ToSupervisor.Retire());
            }
            _lines = lines;
            foreach (ToSupervisor message in listener.Pending())
                lines.Send(message);
        }
    }

    [LoggerMessage(3002, LogLevel.Debug, "Connected to supervisor {Pid}")]
    private static partial void LogConnected(ILogger logger, int pid);

    [LoggerMessage(3003, LogLevel.Warning, "The connection to the supervisor broke; connecting again")]
    private static partial void LogBroken(ILogger logger, Exception e);

    [LoggerMessage(3004, LogLevel.Error, "No supervisor can be reached")]
    private static partial void LogUnreachable(ILogger logger, Exception e);

    [LoggerMessage(3005, LogLevel.Debug, "Left the supervisor")]
    private static partial void LogClosed(ILogger logger);
}
