namespace MLPlatform.Core.Bees;

/// <summary>How a table of a PostgreSQL database is read.</summary>
public sealed record PostgresSource
{
    /// <summary>The environment variable of the server that holds the connection string. The secret itself is never stored.</summary>
    public required string ConnectionFrom { get; init; }

    /// <summary>The table, as <c>schema.table</c> or <c>table</c>.</summary>
    public required string Table { get; init; }

    /// <summary>How.</summary>
    public PostgresMode Mode { get; init; }

    /// <summary>For incremental: the column that only grows, a whole number or an instant.</summary>
    public string? Watermark { get; init; }

    /// <summary>For changes: the replication slot, made if it is not there. Default: mlp_ and the source's name.</summary>
    public string? Slot { get; init; }

    /// <summary>For changes: the publication, made if it is not there. Default: as the slot.</summary>
    public string? Publication { get; init; }

    /// <summary>For snapshot and incremental: the pause between two reads, in seconds. Default: 60.</summary>
    public double EverySeconds { get; init; } = 60;

    public string? Problem() =>
        ConnectionFrom.Length == 0 || ConnectionFrom.Contains('=') ? "connectionFrom is the name of an environment variable, not a connection string"
        : Table.Length == 0 ? "the section postgres names no table"
        : Mode == PostgresMode.Incremental && string.IsNullOrEmpty(Watermark) ? "an incremental source needs a watermark column"
        : EverySeconds is < 0.1 or > 7 * 86_400 ? "everySeconds must be from 0.1 to 604800"
        : null;
}

/// <summary>How a table is read.</summary>
public enum PostgresMode
{
    /// <summary>All rows, again and again: each read is one whole picture.</summary>
    Snapshot,

    /// <summary>The rows beyond the last watermark.</summary>
    Incremental,

    /// <summary>Every insert, update and delete, as they are committed: logical replication.</summary>
    Changes,
}
