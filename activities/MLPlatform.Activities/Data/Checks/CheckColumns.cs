using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>How the columns of an attached table are read as numbers: dates and instants as microseconds since 1970.</summary>
internal static class CheckColumns
{
    public static ColumnType TypeOf(string duckType) => duckType switch
    {
        "VARCHAR" => ColumnType.String,
        "BOOLEAN" => ColumnType.Bool,
        "BIGINT" or "INTEGER" => ColumnType.Int64,
        "DOUBLE" => ColumnType.Double,
        "DATE" or "TIMESTAMP" => ColumnType.Timestamp,
        _ => throw DataErrors.Bad("DATA-023", $"A table has a column of type {duckType}, which tables do not have."),
    };

    /// <summary>The column as a number of DuckDB.</summary>
    public static string Number(string column, ColumnType type) =>
        type == ColumnType.Timestamp ? $"epoch_us({DuckSession.Name(column)}::TIMESTAMP)" : DuckSession.Name(column);

    /// <summary>Whether a row has a number in it.</summary>
    public static string HasNumber(string column, ColumnType type) =>
        type == ColumnType.Double ? $"isfinite({DuckSession.Name(column)})" : $"{DuckSession.Name(column)} IS NOT NULL";

    public static Number NumberOf(in DuckVectors.Vector vector, int row, ColumnType type)
    {
        if (type == ColumnType.Double)
            return new Number(vector.Double(row) + 0.0, 0); // The two zeros are one.
        long whole = vector.Int64(row);
        return new Number(whole, whole);
    }

    public static JsonElement Json(Number value, ColumnType type) => type switch
    {
        ColumnType.Double => JsonSerializer.SerializeToElement(value.Double),
        ColumnType.Timestamp => JsonSerializer.SerializeToElement(Instant(value.Whole)),
        _ => JsonSerializer.SerializeToElement(value.Whole),
    };

    /// <summary>A number of a column as people read it.</summary>
    public static string Show(double value, ColumnType type) =>
        type == ColumnType.Timestamp ? Instant((long)value) : value.ToString("0.######", CultureInfo.InvariantCulture);

    public static string Instant(long micros) =>
        DateTime.UnixEpoch.AddMicroseconds(micros).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture);
}
