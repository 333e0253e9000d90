using MLPlatform.Core.Activities;
using Npgsql;

namespace MLPlatform.Activities.Data.Stores.Postgres;

/// <summary>Connects to the database of a location, and says what its failures mean.</summary>
internal static class PgConnection
{
    public static string Shown(PostgresLocation location) => $"postgres://{location.Host}:{location.Port}/{location.Database}";

    public static async Task<NpgsqlConnection> OpenAsync(PostgresLocation location, CancellationToken cancel)
    {
        NpgsqlConnectionStringBuilder settings = new()
        {
            Host = location.Host,
            Port = location.Port,
            Database = location.Database,
            Username = location.User,
            Password = Secrets.Find(location.Password, "PostgreSQL password"),
            SslMode = location.Tls switch { PostgresTls.Disable => SslMode.Disable, PostgresTls.Require => SslMode.Require, PostgresTls.Verify => SslMode.VerifyFull, _ => SslMode.Prefer },
            // One transaction that may last for hours; statements of ours are not to be cut off.
            CommandTimeout = 0,
            KeepAlive = 30,
            Pooling = false,
            ApplicationName = "MLPlatform",
        };
        NpgsqlConnection connection = new(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            return connection;
        }
        catch (Exception problem) when (Describe(problem, location) is { } described)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw described;
        }
    }

    /// <summary>A name in quotes.</summary>
    public static string Quote(string name) => name.Length > 0 && !name.Contains('\0', StringComparison.Ordinal)
        ? '"' + name.Replace("\"", "\"\"") + '"'
        : throw StoreErrors.Location("A name of a table or column is empty or has a NUL character.");

    /// <summary>TABLE or SCHEMA.TABLE in quotes.</summary>
    public static string Table(string name) => string.Join('.', name.Split('.', 2).Select(Quote));

    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(sql, connection);
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    public static ActivityException? Describe(Exception problem, PostgresLocation location) => problem switch
    {
        PostgresException { SqlState: "28P01" or "28000" or "42501" } pg => StoreErrors.Refused($"The server of '{Shown(location)}'", pg.MessageText + ".", pg),
        PostgresException { SqlState: "3D000" or "42P01" or "3F000" } pg => StoreErrors.NotThere($"such thing in '{Shown(location)}' ({pg.MessageText})", pg),
        PostgresException { SqlState: ['2', '2' or '3' or '1', ..] or "42P10" or "42804" or "42846" or "42701" } pg => StoreErrors.Unfit($"The rows do not fit '{Shown(location)}': {pg.MessageText}.{(pg.Detail is { } detail ? " " + detail : "")} Nothing was written.", pg),
        PostgresException { SqlState: ['4', '2', ..] or "0A000" or "25006" or "55000" } pg => Tables.DataErrors.Bad("DATA-127", $"PostgreSQL refused the statement: {pg.MessageText}.", pg),
        PostgresException pg => StoreErrors.Unreachable($"The server of '{Shown(location)}'", $"{pg.MessageText} ({pg.SqlState}).", pg),
        NpgsqlException or System.Net.Sockets.SocketException => StoreErrors.Unreachable($"The server of '{Shown(location)}'", problem.Message, problem),
        IOException { HResult: not 28 } and not FileNotFoundException => StoreErrors.Unreachable($"The server of '{Shown(location)}'", problem.Message, problem),
        _ => null,
    };
}
