using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A real PostgreSQL with wal_level=logical, which can be killed and started again. It ends when our process does.</summary>
public sealed class LogicalPostgres : IAsyncDisposable
{
    // Commands come line by line; the end of the input ends the server.
    private const string Script = """
        run() { "$1/pg_ctl" -D "$2/data" -w -l "$2/log" -o "-k $2 -p $3 -c listen_addresses=127.0.0.1 -c wal_level=logical -c max_wal_senders=8 -c max_replication_slots=8 -c max_prepared_transactions=4 -c shared_buffers=32MB" start >/dev/null 2>&1; }
        "$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$2/initdb.log" 2>&1
        until run "$@"; do sleep 0.2; done; echo ready
        while read -r line; do
          kill -9 "$(head -n 1 "$2/data/postmaster.pid")"
          until run "$@"; do sleep 0.2; done; echo ready
        done
        "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
        rm -rf "$2"
        """;

    private readonly Process _shell;

    private LogicalPostgres(Process shell, int port) => (_shell, Port) = (shell, port);

    public int Port { get; }

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Pooling=false";

    public static async Task<LogicalPostgres> StartAsync()
    {
        string? programs = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb"))) : null;
        Assert.SkipWhen(programs is null, "PostgreSQL is not installed (Debian package 'postgresql')");
        string folder = Path.Combine(Path.GetTempPath(), $"mlp-pglog-{Guid.NewGuid().ToString("N")[..12]}");
        Directory.CreateDirectory(folder);
        bool root = Environment.IsPrivilegedProcess;
        if (root)
            await Process.Start("chown", ["postgres:", folder]).WaitForExitAsync(TestContext.Current.CancellationToken);
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        string[] command = ["/bin/sh", "-c", Script, "sh", programs!, folder, port.ToString(CultureInfo.InvariantCulture)];
        ProcessStartInfo start = root ? new("runuser", ["-u", "postgres", "--", .. command]) : new(command[0], command[1..]);
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.WorkingDirectory) = (true, true, "/");
        LogicalPostgres server = new(Process.Start(start)!, port);
        Assert.Equal("ready", await server._shell.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return server;
    }

    /// <summary>Kills the server as a power cut would, and starts it again.</summary>
    public async Task KillAndStartAsync()
    {
        await _shell.StandardInput.WriteLineAsync("kill");
        await _shell.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("ready", await _shell.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlConnection connection = new(ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
