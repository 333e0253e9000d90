using System.Data;
using MLPlatform.Activities.Tables;
using Npgsql;

namespace MLPlatform.Activities.Data.Stores.Postgres;

/// <summary>
/// Brings a table into a database in one transaction: rows come by binary COPY into a staging table, from there into the
/// target, and the export is written down beside it. Readers see all or nothing; to replace or to upsert the same rows again changes nothing, and to append them again is known by
/// what was written down.
/// </summary>
/// <param name="identity">What the export is known by: the same is appended once.</param>
/// <param name="step">The activity of the run that exports; its next attempt is told what an earlier one wrote.</param>
internal sealed class PgExport(PostgresLocation location, ExportMode mode, IReadOnlyList<string> key, string identity, string step)
{
    private const string Staging = "pg_temp.mlp_staging", Ledger = "mlp_exports";

    private readonly string _target = PgConnection.Table(location.Table ?? throw StoreErrors.Location("The PostgreSQL location needs a table to export to."));

    /// <returns>Rows that this step wrote, be it in an earlier attempt that nobody heard of; null where another step had done this export.</returns>
    public async Task<long?> RunAsync(DuckSession session, string query, CancellationToken cancel)
    {
        if (location.Query is not null)
            throw StoreErrors.Location("An export goes to a table, not to a query.");
        if ((mode == ExportMode.Upsert) != (key.Count > 0))
            throw StoreErrors.Location(mode == ExportMode.Upsert ? "The mode upsert needs key: the columns that tell rows apart." : "Only the mode upsert has a key.");
        IReadOnlyList<TableColumn> columns = [.. session.ColumnsOf(query).Select(c => new TableColumn(c.Name, Checks.CheckColumns.TypeOf(c.Type)))];
        if (key.FirstOrDefault(k => columns.All(c => c.Name != k)) is { } absent)
            throw DataErrors.Bad("DATA-031", $"The table has no column '{absent}'.{DataErrors.DidYouMean(absent, columns.Select(c => c.Name))}");
        await using NpgsqlConnection connection = await PgConnection.OpenAsync(location, cancel).ConfigureAwait(false);
        try
        {
            await KeepLedgerAsync(connection, cancel).ConfigureAwait(false);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancel).ConfigureAwait(false);
            // 1. One export to a target at a time; the lock goes with the transaction.
            await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock(hashtextextended('mlp_exports:' || $1, 0))", cancel, _target).ConfigureAwait(false);
            if (mode == ExportMode.Append && await DoneAsync(connection, cancel).ConfigureAwait(false) is { } done)
                return done.Step == step ? done.Rows : null;
            // 2. The target and the staging table.
            await CreateAsync(connection, columns, cancel).ConfigureAwait(false);
            string list = string.Join(", ", columns.Select(c => PgConnection.Quote(c.Name)));
            await PgConnection.ExecuteAsync(connection, $"CREATE TEMP TABLE mlp_staging ({string.Join(", ", columns.Select(c => $"{PgConnection.Quote(c.Name)} {TypeName(c.Type)}"))}) ON COMMIT DROP", cancel).ConfigureAwait(false);
            long rows = await CopyAsync(connection, session, query, columns, list, cancel).ConfigureAwait(false);
            // 3. From the one into the other, and written down, at once.
            await MoveAsync(connection, columns, list, cancel).ConfigureAwait(false);
            if (mode == ExportMode.Replace)
                await ExecuteAsync(connection, $"DELETE FROM {Ledger} WHERE target = $1", cancel, _target).ConfigureAwait(false);
            await ExecuteAsync(connection, $"INSERT INTO {Ledger} (target, export, step, rows) VALUES ($1, $2, $3, $4) ON CONFLICT (target, export) DO UPDATE SET step = EXCLUDED.step, rows = EXCLUDED.rows, at = now()", cancel, _target, identity, step, rows).ConfigureAwait(false);
            await transaction.CommitAsync(cancel).ConfigureAwait(false);
            return rows;
        }
        catch (Exception problem) when (!cancel.IsCancellationRequested && PgConnection.Describe(problem, location) is { } described)
        {
            throw described;
        }
    }

    // Before the transaction, so that the first exports to two targets do not wait for each other.
    private static async Task KeepLedgerAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        try
        {
            await PgConnection.ExecuteAsync(connection, $"CREATE TABLE IF NOT EXISTS {Ledger} (target text, export text, step text NOT NULL, rows bigint NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (target, export))", cancel).ConfigureAwait(false);
        }
        catch (PostgresException problem) when (problem.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.DuplicateTable or PostgresErrorCodes.DuplicateObject)
        {
            // IF NOT EXISTS is no lock: another export made it at the same moment.
        }
        // Earlier versions did not tell steps apart. Looked for first: to add the column waits for all exports that run.
        await using NpgsqlCommand steps = new($"SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('{Ledger}') AND attname = 'step' AND NOT attisdropped", connection);
        if ((long)(await steps.ExecuteScalarAsync(cancel).ConfigureAwait(false))! == 0)
            await PgConnection.ExecuteAsync(connection, $"ALTER TABLE {Ledger} ADD COLUMN IF NOT EXISTS step text NOT NULL DEFAULT ''", cancel).ConfigureAwait(false);
    }

    /// <summary>Which step gave the target these rows before, and how many; null for none.</summary>
    private async Task<(string Step, long Rows)?> DoneAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using NpgsqlCommand known = new($"SELECT step, rows FROM {Ledger} WHERE target = $1 AND export = $2 AND to_regclass($1) IS NOT NULL", connection);
        known.Parameters.Add(new() { Value = _target });
        known.Parameters.Add(new() { Value = identity });
        await using NpgsqlDataReader reader = await known.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        return await reader.ReadAsync(cancel).ConfigureAwait(false) ? (reader.GetString(0), reader.GetInt64(1)) : null;
    }

    private async Task CreateAsync(NpgsqlConnection connection, IReadOnlyList<TableColumn> columns, CancellationToken cancel)
    {
        string unique = key.Count == 0 ? "" : $", PRIMARY KEY ({string.Join(", ", key.Select(PgConnection.Quote))})";
        await PgConnection.ExecuteAsync(connection, $"CREATE TABLE IF NOT EXISTS {_target} ({string.Join(", ", columns.Select(c => $"{PgConnection.Quote(c.Name)} {TypeName(c.Type)}"))}{unique})", cancel).ConfigureAwait(false);
    }

    private static async Task<long> CopyAsync(NpgsqlConnection connection, DuckSession session, string query, IReadOnlyList<TableColumn> columns, string list, CancellationToken cancel)
    {
        await using NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync($"COPY {Staging} ({list}) FROM STDIN (FORMAT BINARY)", cancel).ConfigureAwait(false);
        try
        {
            PgCopyWriter writer = new(stream);
            long count = 0;
            await Task.Run(() => session.Read(query, (vectors, rows) =>
            {
                for (int row = 0; row < rows; row++)
                {
                    writer.Row(columns.Count);
                    for (int i = 0; i < vectors.Length; i++)
                        writer.Value(vectors[i], row, columns[i].Type);
                }
                count += rows;
            }, cancel), cancel).ConfigureAwait(false);
            writer.Complete();
            return count;
        }
        catch
        {
            // Or else disposing would tell the server that all rows are there.
            await stream.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task MoveAsync(NpgsqlConnection connection, IReadOnlyList<TableColumn> columns, string list, CancellationToken cancel)
    {
        Dictionary<string, string> types = await TargetAsync(connection, cancel).ConfigureAwait(false);
        if (columns.Where(c => !types.ContainsKey(c.Name)).Select(c => c.Name).ToList() is { Count: > 0 } missing)
            throw StoreErrors.Unfit($"The table {_target} has no column {DataErrors.Some(missing)}.{DataErrors.DidYouMean(missing[0], types.Keys)} Nothing was written.");
        string values = string.Join(", ", columns.Select(c => $"{PgConnection.Quote(c.Name)}::{types[c.Name]}"));
        if (mode == ExportMode.Replace)
            await PgConnection.ExecuteAsync(connection, $"DELETE FROM {_target}", cancel).ConfigureAwait(false);
        List<string> others = [.. columns.Where(c => !key.Contains(c.Name)).Select(c => PgConnection.Quote(c.Name))];
        string conflict = mode != ExportMode.Upsert ? ""
            : $" ON CONFLICT ({string.Join(", ", key.Select(PgConnection.Quote))}) DO " + (others.Count == 0 ? "NOTHING" : $"UPDATE SET {string.Join(", ", others.Select(c => $"{c} = EXCLUDED.{c}"))}");
        await PgConnection.ExecuteAsync(connection, $"INSERT INTO {_target} ({list}) SELECT {values} FROM {Staging}{conflict}", cancel).ConfigureAwait(false);
    }

    private async Task<Dictionary<string, string>> TargetAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        Dictionary<string, string> types = new(StringComparer.Ordinal);
        await using NpgsqlCommand command = new("SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''", connection);
        command.Parameters.Add(new() { Value = _target });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            types.Add(reader.GetString(0), reader.GetString(1));
        return types;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel, params object[] values)
    {
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
            command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancel).ConfigureAwait(false);
    }

    private static string TypeName(ColumnType type) => type switch
    {
        ColumnType.Int64 => "bigint",
        ColumnType.Double => "double precision",
        ColumnType.Bool => "boolean",
        ColumnType.Timestamp => "timestamptz",
        _ => "text",
    };
}
