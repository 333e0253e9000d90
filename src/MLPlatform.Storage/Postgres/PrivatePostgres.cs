using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using Npgsql;

namespace MLPlatform.Storage.Postgres;

/// <summary>
/// A PostgreSQL server of our own in a folder of its own, on 127.0.0.1 and a free port, for tests and benches. It ends
/// with <see cref="DisposeAsync"/>, or when this process ends, however it ends.
/// </summary>
public sealed class PrivatePostgres : IAsyncDisposable
{
    private const string Superuser = "postgres";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    // The server hangs on the shell's input: it is stopped when the input ends, which the end of our process does too.
    private const string Supervise = """
        "$1"/postgres -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c fsync="$4" -c full_page_writes="$4" \
            -c max_connections=200 -c shared_buffers=128MB >"$2/log" 2>&1 &
        server=$!
        read -r line
        kill -INT $server
        wait $server
        rm -rf "$2"
        """;

    private readonly Process _shell;
    private readonly string _folder;

    private PrivatePostgres(Process shell, string folder, int port) => (_shell, _folder, Port) = (shell, folder, port);

    public int Port { get; }

    /// <summary>How to reach a database of this server.</summary>
    public string ConnectionString(string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = Superuser,
        Database = database,
    }.ConnectionString;

    /// <summary>Whether PostgreSQL's programs are on this machine.</summary>
    public static bool IsInstalled => FindPrograms() is not null;

    /// <summary>Initialises a server in a new folder below the system's temporary folder and starts it.</summary>
    /// <param name="durable">Whether commits are synced to the disk: on for benches, off where only speed counts.</param>
    /// <exception cref="ActivityException">STORE-013: not installed; STORE-014: it did not start.</exception>
    public static async Task<PrivatePostgres> StartAsync(bool durable, CancellationToken cancel)
    {
        string programs = FindPrograms() ?? throw new ActivityException("STORE-013",
            "PostgreSQL is not installed: no /usr/lib/postgresql/*/bin/initdb. Install the Debian package 'postgresql'.", FailureKind.Infrastructure);
        // Not below a folder that only we may enter: the server runs as another user where we are root.
        string folder = Path.Combine(Path.GetTempPath(), $"mlp-pg-{Guid.NewGuid().ToString("N")[..12]}");
        Directory.CreateDirectory(folder);
        if (Environment.IsPrivilegedProcess)
            await RunAsync(Start("chown", [$"{Superuser}:", folder]), "chown", cancel);
        List<string> initialise = ["-D", $"{folder}/data", "-U", Superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
        if (!durable)
            initialise.Add("--no-sync");
        await RunAsync(Start($"{programs}/initdb", initialise, asServer: true), "initdb", cancel);
        int port = FreePort();
        Process shell = Start("/bin/sh",
            ["-c", Supervise, "sh", programs, folder, port.ToString(CultureInfo.InvariantCulture), durable ? "on" : "off"], asServer: true);
        var server = new PrivatePostgres(shell, folder, port);
        try
        {
            await server.WaitUntilReadyAsync(cancel);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty database and returns how to reach it.</summary>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken cancel)
    {
        await using NpgsqlConnection connection = await OpenAsync(cancel);
        await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name}\"", connection);
        await create.ExecuteNonQueryAsync(cancel);
        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await using NpgsqlConnection connection = await OpenAsync(cancel);
                return;
            }
            catch (NpgsqlException e)
            {
                if (_shell.HasExited || Stopwatch.GetElapsedTime(started) > StartLimit)
                    throw new ActivityException("STORE-014", $"The private PostgreSQL server in '{_folder}' did not start: {Log() ?? e.Message}", FailureKind.Infrastructure, e);
                await Task.Delay(50, cancel);
            }
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        var connection = new NpgsqlConnection(ConnectionString() + ";Pooling=false");
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private string? Log() =>
        File.Exists($"{_folder}/log") && File.ReadAllText($"{_folder}/log") is { Length: > 0 } text ? text[^Math.Min(text.Length, 2000)..] : null;

    private static string? FindPrograms() => !Directory.Exists("/usr/lib/postgresql") ? null
        : Directory.EnumerateDirectories("/usr/lib/postgresql").Select(version => version + "/bin")
            .Where(bin => File.Exists(bin + "/initdb"))
            .MaxBy(bin => double.TryParse(bin.Split('/')[^2], CultureInfo.InvariantCulture, out double version) ? version : 0);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Process Start(string program, IEnumerable<string> arguments, bool asServer = false)
    {
        string[] prefix = asServer && Environment.IsPrivilegedProcess ? ["runuser", "-u", Superuser, "--", program] : [program];
        var start = new ProcessStartInfo(prefix[0], [.. prefix.Skip(1), .. arguments])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start)!;
    }

    private static async Task RunAsync(Process process, string what, CancellationToken cancel)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancel);
            string errors = await process.StandardError.ReadToEndAsync(cancel);
            await output;
            await process.WaitForExitAsync(cancel);
            if (process.ExitCode != 0)
                throw new ActivityException("STORE-014", $"The private PostgreSQL server cannot be made: {what} failed: {errors.Trim()}", FailureKind.Infrastructure);
        }
    }
}
