using System.Net;
using System.Net.Sockets;

namespace MLPlatform.IntegrationTests.Data.Stores;

/// <summary>Passes TCP connections on to a server and cuts them when a given number of bytes has gone through, either way together.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private readonly Task _accepting;
    private long _passed;

    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Bytes that may pass; then everything is cut.</summary>
    public long Limit { get; set; } = long.MaxValue;

    /// <summary>Bytes that passed since the last <see cref="Restart"/>.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    public void Restart() => Interlocked.Exchange(ref _passed, 0);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception problem) when (problem is OperationCanceledException or SocketException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (TcpClient server = new())
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(PassAsync(client, server), PassAsync(server, client));
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to)
    {
        byte[] buffer = new byte[512];
        try
        {
            for (int read; (read = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0;)
            {
                long before = Interlocked.Add(ref _passed, read) - read;
                int allowed = (int)Math.Clamp(Limit - before, 0, read);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, allowed), _stop.Token);
                if (allowed < read)
                    return;
            }
        }
        catch (Exception problem) when (problem is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two ends is gone, which is what this is for.
        }
    }
}
