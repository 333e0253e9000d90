using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Bees;
using Npgsql;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>Reads a table of PostgreSQL in the way that the source says.</summary>
internal sealed class PostgresConnector(TimeProvider time) : IConnector
{
    public SourceKind Kind => SourceKind.Postgres;

    public async Task RunAsync(SourceDefinition source, LandingLog log, Action<string?> tell, CancellationToken cancel)
    {
        PostgresSource settings = source.Postgres!;
        string connection = Environment.GetEnvironmentVariable(settings.ConnectionFrom)
            ?? throw new ActivityException("BEES-067", $"The environment variable {settings.ConnectionFrom}, which is to hold the connection of the source '{source.Name}', is not set for the server. "
                + "Set it and start the server again.", FailureKind.User);
        await (settings.Mode switch
        {
            PostgresMode.Changes => new PostgresChanges(source, log, connection, time).RunAsync(tell, cancel),
            PostgresMode.Incremental => new PostgresIncremental(source, log, connection, time).RunAsync(tell, cancel),
            _ => new PostgresSnapshot(source, log, connection, time).RunAsync(tell, cancel),
        });
    }

    /// <summary>The table's name as SQL, quoted.</summary>
    public static string Quoted(string table) => string.Join('.', table.Split('.', 2).Select(Identifier));

    public static string Identifier(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public static async Task<NpgsqlConnection> OpenAsync(string connectionString, CancellationToken cancel)
    {
        NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync(cancel);
        await using NpgsqlCommand zone = new("SET TIME ZONE 'UTC'; SET extra_float_digits = 3", connection);
        await zone.ExecuteNonQueryAsync(cancel);
        return connection;
    }
}
