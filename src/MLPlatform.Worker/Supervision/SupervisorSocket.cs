using System.Net.Sockets;
using System.Text.Json;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>Where servers connect: a unix socket that only this user may open.</summary>
internal sealed class SupervisorSocket(Supervisor supervisor, string path, string build, SupervisorLog log) : IDisposable
{
    private readonly Socket _listener = Bind(path);
    private int _clients;

    /// <summary>Connected servers.</summary>
    public int Clients => Volatile.Read(ref _clients);

    /// <summary>Set when a server asks this supervisor to make room.</summary>
    public event Action? Retired;

    public async Task ServeAsync(CancellationToken cancel)
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(cancel);
                Interlocked.Increment(ref _clients);
                _ = ServeAsync(client, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            log.Write("no longer listening");
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        File.Delete(path);
    }

    private static Socket Bind(string path)
    {
        File.Delete(path); // Left by one that was killed; the lock says that none lives.
        uint mask = Libc.SetFileModeMask(0x3f);
        try
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(64);
            return socket;
        }
        finally
        {
            _ = Libc.SetFileModeMask(mask);
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancel)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        var lines = new JsonLines<ToSupervisor, FromSupervisor>(
            stream, ProtocolJson.Default.ToSupervisor, ProtocolJson.Default.FromSupervisor);
        var client = new Client(lines);
        client.Send(new FromSupervisor.Hello(FromSupervisor.Version, Environment.ProcessId, build));
        Task writing = lines.WriteAllAsync(cancel);
        try
        {
            await foreach (ToSupervisor message in lines.ReadAllAsync(cancel))
                Handle(message, client);
        }
        catch (Exception e) when (e is IOException or SocketException or JsonException or OperationCanceledException)
        {
            log.Write($"a server's connection ended: {e.Message}");
        }
        finally
        {
            supervisor.Forget(client);
            lines.Complete();
            Interlocked.Decrement(ref _clients);
        }
        await writing.ContinueWith(static _ => { }, TaskScheduler.Default); // A broken pipe was told above.
    }

    private void Handle(ToSupervisor message, Client client)
    {
        switch (message)
        {
            case ToSupervisor.Start start:
                supervisor.Start(start, client);
                break;
            case ToSupervisor.Stop stop:
                _ = supervisor.StopAsync(stop);
                break;
            case ToSupervisor.Retire:
                Retired?.Invoke();
                break;
        }
    }

    private sealed class Client(JsonLines<ToSupervisor, FromSupervisor> lines) : ISupervisorClient
    {
        public void Send(FromSupervisor message) => lines.Send(message);
    }
}
