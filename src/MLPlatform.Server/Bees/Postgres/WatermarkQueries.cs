using MLPlatform.Core.Bees;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>The SQL of an incremental source, whose watermark is a whole number or an instant.</summary>
internal sealed class WatermarkQueries
{
    public WatermarkQueries(PostgresSource settings, string type, int rowsAtOnce)
    {
        string column = $"t.{PostgresConnector.Identifier(settings.Watermark!)}", table = PostgresConnector.Quoted(settings.Table);
        bool instant = type.StartsWith("timestamp", StringComparison.Ordinal);
        string zone = instant && type.Contains("without", StringComparison.Ordinal) ? " AT TIME ZONE 'UTC'" : "";
        string position = instant ? $"(extract(epoch from {column}) * 1000000)::bigint" : $"{column}::bigint";
        string Value(int parameter) => instant ? $"(timestamptz 'epoch' + ${parameter} * interval '1 microsecond'){zone}" : $"${parameter}::bigint";
        // The server notes the time of a statement right before it says that a transaction runs, so the last second waits. What is
        // dated ahead waits for its time: taken now, it would hide all that comes until then.
        string settled = instant ? $" AND {column} <= (statement_timestamp() - interval '1 second'){zone}" : "";
        Largest = $"SELECT {position} FROM {table} t WHERE {column} >= {Value(1)}{settled} ORDER BY {column} DESC LIMIT 1";
        Rows = $"""
            SELECT {position}, row_to_json(t)::text FROM {table} t WHERE {column} >= {Value(1)} AND {column} <= {Value(2)}
            ORDER BY {column} FETCH FIRST {rowsAtOnce} ROWS WITH TIES
            """;
    }

    /// <summary>The largest watermark from $1 on.</summary>
    public string Largest { get; }

    /// <summary>Positions and rows from $1 up to and with $2, a number of them at once.</summary>
    public string Rows { get; }
}
