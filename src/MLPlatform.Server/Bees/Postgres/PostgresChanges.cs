using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Bees;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;
using NpgsqlTypes;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>
/// Reads every insert, update and delete of a table in the order of the commits. The channel counts the server's log (LSN): a
/// transaction is kept with the position of its end in one write, and only then is the server told that it may forget it. What the
/// server sends again after a crash is at or below the kept position, and drops out.
/// </summary>
internal sealed class PostgresChanges(SourceDefinition source, LandingLog log, string connectionString, TimeProvider time)
{
    private readonly PostgresSource _settings = source.Postgres!;
    private readonly string _slot = source.Postgres!.Slot ?? "mlp_" + string.Concat(source.Name.ToLowerInvariant().Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '_'));

    private string Publication => _settings.Publication ?? _slot;

    public async Task RunAsync(Action<string?> tell, CancellationToken cancel)
    {
        string channel = "pg:" + _slot;
        ChannelState? known = (await log.ChannelsAsync(c => c.Channel == channel, cancel)).SingleOrDefault();
        (long slotAt, bool made) = await PrepareAsync(cancel);
        long start = known is null ? slotAt : 0;
        RowBatches rows = new(log, source, channel, _settings.Table, start, known?.Durable ?? start, time);
        if (known is not null && made && slotAt > known.Durable)
        {
            rows.Begin(slotAt);
            await rows.KeepAsync(slotAt, cancel, lost: slotAt - known.Durable, because: $"the replication slot {_slot} was gone and was made anew");
        }
        else if (known is null)
            await rows.KeepAsync(start, cancel); // From now on the position is known, even before the first change.

        await using LogicalReplicationConnection connection = new(new NpgsqlConnectionStringBuilder(connectionString) { Timezone = "UTC", Pooling = false }.ConnectionString);
        await connection.Open(cancel);
        PgOutputReplicationOptions options = new(Publication, PgOutputProtocolVersion.V1);
        tell(null);
        Transaction transaction = new(rows);
        await foreach (PgOutputReplicationMessage message in connection.StartReplication(new PgOutputReplicationSlot(_slot), options, cancel))
        {
            if (await transaction.TakeAsync(message, cancel) is not { } end)
                continue;
            connection.SetReplicationStatus(new NpgsqlLogSequenceNumber((ulong)end));
            await connection.SendStatusUpdate(cancel);
        }
    }

    /// <summary>Makes publication and slot where they are missing. Returns what the slot has confirmed, and whether it was made.</summary>
    private async Task<(long At, bool Made)> PrepareAsync(CancellationToken cancel)
    {
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(connectionString, cancel);
        if (await ScalarAsync(connection, "SELECT 1::bigint FROM pg_publication WHERE pubname = $1", Publication, cancel) is null)
        {
            await using NpgsqlCommand make = new($"CREATE PUBLICATION {PostgresConnector.Identifier(Publication)} FOR TABLE {PostgresConnector.Quoted(_settings.Table)}", connection);
            await make.ExecuteNonQueryAsync(cancel);
        }
        if (await ScalarAsync(connection, "SELECT (confirmed_flush_lsn - '0/0'::pg_lsn)::bigint FROM pg_replication_slots WHERE slot_name = $1", _slot, cancel) is { } at)
            return (at, false);
        return ((await ScalarAsync(connection, "SELECT (lsn - '0/0'::pg_lsn)::bigint FROM pg_create_logical_replication_slot($1, 'pgoutput')", _slot, cancel))!.Value, true);
    }

    private static async Task<long?> ScalarAsync(NpgsqlConnection connection, string sql, string value, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(sql, connection) { Parameters = { new() { Value = value } } };
        return await command.ExecuteScalarAsync(cancel) as long?;
    }

    /// <summary>The transaction being received.</summary>
    private sealed class Transaction(RowBatches rows)
    {
        private const long PartBytes = 32 << 20;
        private const int MostParts = 24; // A commit takes more bytes of the server's log than that.
        private long _bytes;
        private long _commit;
        private long _part;
        private int _ordinal;
        private bool _old;
        private DateTime _at;

        /// <summary>Takes a message; returns the position that is durable now, at the end of a transaction.</summary>
        public async Task<long?> TakeAsync(PgOutputReplicationMessage message, CancellationToken cancel)
        {
            switch (message)
            {
                case BeginMessage begin:
                    (_commit, _part, _bytes, _ordinal, _at) = ((long)(ulong)begin.TransactionFinalLsn, 0, 0, 0, begin.TransactionCommitTimestamp);
                    _old = _commit < rows.From; // Kept before; its rows must be read from the wire all the same.
                    return null;
                case CommitMessage commit:
                    long end = (long)(ulong)commit.TransactionEndLsn;
                    if (!_old && !rows.IsEmpty)
                        await rows.KeepAsync(end, cancel);
                    return end;
                case RelationMessage or TypeMessage or OriginMessage:
                    return null;
                case TruncateMessage:
                    await AddAsync(ChangeRow.Truncate(_commit, _ordinal, _at), cancel);
                    return null;
            }
            if (await ChangeRow.OfAsync(message, _commit, _ordinal, _at, cancel) is { } json)
                await AddAsync(json, cancel);
            return null;
        }

        // A large transaction is kept in parts, cut at the same places whenever it is sent: between its commit and its end there is room.
        private async Task AddAsync(byte[] json, CancellationToken cancel)
        {
            _ordinal++;
            long position = _commit + _part;
            if (_old && position >= rows.From)
                _old = false;
            if (!_old)
                rows.Add(position, json);
            _bytes += json.Length;
            if (_bytes < PartBytes)
                return;
            _bytes = 0;
            if (++_part > MostParts)
                throw new ActivityException("BEES-068", $"A transaction with more than {MostParts * PartBytes >> 20} MiB of changes cannot be kept. Leave the table out of it, or read the table as a snapshot.", FailureKind.User);
            if (!_old)
                await rows.KeepAsync(_commit + _part, cancel);
        }

    }
}
