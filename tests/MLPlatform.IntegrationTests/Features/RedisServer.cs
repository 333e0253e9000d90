using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MLPlatform.IntegrationTests.Features;
using Xunit;

[assembly: AssemblyFixture(typeof(RedisServer))]

namespace MLPlatform.IntegrationTests.Features;

/// <summary>One real Redis server for all tests on 127.0.0.1 and a free port, started when the first one asks.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private const string Program = "/usr/bin/redis-server";

    // The server hangs on the shell's input: it is stopped when the input ends, which the end of our process does too.
    private const string Supervise = """
        "$1" --port "$2" --bind 127.0.0.1 --save "" --appendonly no --daemonize no &
        server=$!
        read -r line
        kill $server
        wait $server
        """;

    private readonly Lazy<Task<int>> _port;
    private Process? _shell;

    public RedisServer() => _port = new Lazy<Task<int>>(StartAsync);

    /// <summary>How the server is reached; skips the test where Redis is not installed.</summary>
    public async Task<string> ConnectionStringAsync()
    {
        Assert.SkipUnless(File.Exists(Program), "Redis is not installed (Debian package 'redis-server')");
        int port = await _port.Value;
        return string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_shell is null)
            return;
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    private async Task<int> StartAsync()
    {
        int port = FreePort();
        ProcessStartInfo start = new("/bin/sh", ["-c", Supervise, "sh", Program, port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        _shell = Process.Start(start)!;
        while (await _shell.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            {
                _ = _shell.StandardOutput.ReadToEndAsync(); // So that it never waits for us to read.
                return port;
            }
        }
        throw new InvalidOperationException("redis-server ended before it was ready");
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
