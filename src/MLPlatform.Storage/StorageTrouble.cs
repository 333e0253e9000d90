using Microsoft.Data.Sqlite;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using Npgsql;
using SQLitePCL;

namespace MLPlatform.Storage;

/// <summary>Tells what the disk or the database lacks from what is wrong with a request.</summary>
public static class StorageTrouble
{
    /// <summary>Why the store cannot be used at the moment, in its own words; null where the error is about something else.</summary>
    public static string? Of(Exception? error) => error switch
    {
        SqliteException
        {
            SqliteErrorCode: raw.SQLITE_FULL or raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_READONLY
        } e => e.Message,
        // 08 connection, 53 resources (a full disk, too), 57 shut down, 58 system.
        PostgresException e => e.SqlState is ['0', '8', ..] or ['5', '3' or '7' or '8', ..] ? e.MessageText : null,
        NpgsqlException e => e.Message,
        ActivityException { Kind: FailureKind.Infrastructure or FailureKind.Resource } e => e.Message,
        _ => null,
    };
}
