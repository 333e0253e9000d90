using System.Text.Json;
using DuckDB.NET.Native;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Tables;

/// <summary>One prepared query whose rows are streamed, chunk by chunk, into a table: never a whole result in memory.</summary>
internal sealed class DuckQuery : IDisposable
{
    private readonly DuckDBNativeConnection _connection;
    private readonly DuckDBPreparedStatement _statement;

    private DuckQuery(DuckDBNativeConnection connection, DuckDBPreparedStatement statement) =>
        (_connection, _statement) = (connection, statement);

    /// <summary>The columns of the rows that were written, in the query's order; empty before.</summary>
    public IReadOnlyList<TableColumn> Written { get; private set; } = [];

    /// <summary>Prepares exactly one statement.</summary>
    public static DuckQuery Prepare(DuckSession session, string sql)
    {
        DuckDBNativeConnection connection = session.Connection.NativeConnection;
        int count = NativeMethods.ExtractStatements.DuckDBExtractStatements(connection, sql, out DuckDBExtractedStatements statements);
        using (statements)
        {
            if (count <= 0)
            {
                string why = NativeMethods.ExtractStatements.DuckDBExtractStatementsError(statements);
                throw string.IsNullOrEmpty(why)
                    ? DataErrors.Bad("DATA-020", "There is no SQL statement. Write one query.")
                    : DuckSession.Explain(why, DuckDBErrorType.Parser);
            }
            if (count > 1)
                throw DataErrors.Bad("DATA-020", $"There are {count} SQL statements. Write one query; use common table expressions (WITH) for its steps.");
            DuckDBState state = NativeMethods.ExtractStatements.DuckDBPrepareExtractedStatement(connection, statements, 0, out DuckDBPreparedStatement prepared);
            if (state.IsSuccess())
                return new DuckQuery(connection, prepared);
            using (prepared)
                throw DuckSession.Explain(NativeMethods.PreparedStatements.DuckDBPrepareError(prepared), DuckDBErrorType.Binder);
        }
    }

    /// <summary>Refuses statements that are not queries (INSERT, COPY, SET and so on): only a query can stand where a table can.</summary>
    public static void RequireQuery(DuckSession session, string sql)
    {
        try
        {
            Prepare(session, $"SELECT * FROM (\n{sql.Trim().TrimEnd(';')}\n)").Dispose();
        }
        catch (ActivityException problem) when (problem.Code == "DATA-021")
        {
            throw DataErrors.Bad("DATA-020", "The SQL statement is not a query. Write one SELECT (or WITH … SELECT).", problem);
        }
    }

    /// <summary>Binds <c>$name</c> parameters; each must occur, and each that occurs must be given.</summary>
    public void Bind(IReadOnlyDictionary<string, JsonElement> parameters)
    {
        foreach ((string name, JsonElement value) in parameters)
        {
            if (!NativeMethods.PreparedStatements.DuckDBBindParameterIndex(_statement, out int index, name).IsSuccess())
                throw DataErrors.Bad("DATA-024", $"The query has no parameter ${name}.");
            if (!Bind(index, value).IsSuccess())
                throw DataErrors.Bad("DATA-024", $"The parameter ${name} cannot be bound to {value.GetRawText()}.");
        }
        long wanted = NativeMethods.PreparedStatements.DuckDBParams(_statement);
        if (wanted != parameters.Count)
            throw DataErrors.Bad("DATA-024", $"The query has {wanted} parameters but {parameters.Count} are given. Give each $name of the query in parameters.");
    }

    /// <summary>
    /// Runs the query and writes its rows in their order. A result with a date column <c>day</c> becomes a table
    /// partitioned by it.
    /// </summary>
    /// <param name="first">Takes the first row's values; null where nobody asks.</param>
    public TableWriter WriteTo(string folder, CancellationToken cancel, Action<IReadOnlyList<TableColumn>, DuckVectors.Vector[]>? first = null)
    {
        TableWriter? writer = null;
        try
        {
            Run(result =>
            {
                int day = DuckVectors.DayColumn(ref result.Value);
                IReadOnlyList<TableColumn> columns = Written = DuckVectors.Columns(ref result.Value);
                writer = new TableWriter(folder, day < 0 ? columns : [.. columns.Where((_, i) => i != day)]);
                bool seen = first is null;
                return chunk =>
                {
                    DuckVectors.Vector[] vectors = DuckVectors.Vectors(chunk, columns);
                    if (!seen)
                        first!(columns, vectors);
                    seen = true;
                    Append(writer, columns, vectors, DuckVectors.Rows(chunk), day);
                };
            }, cancel);
            writer!.Complete();
            return writer;
        }
        finally
        {
            writer?.Dispose();
        }
    }

    private static void Append(TableWriter writer, IReadOnlyList<TableColumn> columns, DuckVectors.Vector[] vectors, int rows, int day)
    {
        for (int row = 0; row < rows; row++)
        {
            if (day >= 0 && vectors[day].IsMissing(row))
                throw DataErrors.Bad("DATA-023", "The result is partitioned by its column 'day', but a row has none. Leave such rows out, or name the column otherwise.");
            RowBuffer buffer = writer.RowsFor(day < 0 ? null : vectors[day].Int64(row));
            for (int from = 0, to = 0; from < vectors.Length; from++)
            {
                if (from != day)
                    DuckVectors.AppendValue(vectors[from], row, buffer, to++, columns[from].Type);
            }
            writer.EndRow();
        }
    }

    /// <summary>Runs the query and hands each chunk of its result over.</summary>
    public void Run(Func<ResultBox, Action<DuckDBDataChunk>> start, CancellationToken cancel)
    {
        using CancellationTokenRegistration interrupt = cancel.Register(() => NativeMethods.Startup.DuckDBInterrupt(_connection));
        ResultBox result = new();
        DuckDBState state = NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(_statement, out result.Value);
        try
        {
            if (!state.IsSuccess())
                throw Failure(result, cancel);
            Action<DuckDBDataChunk> take = start(result);
            while (true)
            {
                using DuckDBDataChunk chunk = NativeMethods.StreamingResult.DuckDBStreamFetchChunk(result.Value);
                if (chunk.IsInvalid)
                    break;
                if (NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk) == 0)
                    continue;
                take(chunk);
            }
            if (!string.IsNullOrEmpty(NativeMethods.Query.DuckDBResultError(ref result.Value)))
                throw Failure(result, cancel);
            cancel.ThrowIfCancellationRequested();
        }
        finally
        {
            NativeMethods.Query.DuckDBDestroyResult(ref result.Value);
        }
    }

    public void Dispose() => _statement.Dispose();

    private static ActivityException Failure(ResultBox result, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return DuckSession.Explain(NativeMethods.Query.DuckDBResultError(ref result.Value), NativeMethods.Query.DuckDBResultErrorType(ref result.Value));
    }

    private DuckDBState Bind(int index, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => NativeMethods.PreparedStatements.DuckDBBindNull(_statement, index),
        JsonValueKind.True or JsonValueKind.False => NativeMethods.PreparedStatements.DuckDBBindBoolean(_statement, index, value.GetBoolean()),
        JsonValueKind.String => NativeMethods.PreparedStatements.DuckDBBindVarchar(_statement, index, value.GetString()!),
        JsonValueKind.Number when value.TryGetInt64(out long whole) => NativeMethods.PreparedStatements.DuckDBBindInt64(_statement, index, whole),
        JsonValueKind.Number => NativeMethods.PreparedStatements.DuckDBBindDouble(_statement, index, value.GetDouble()),
        _ => DuckDBState.Error,
    };

    /// <summary>DuckDB's result is a value that must stay where it is.</summary>
    public sealed class ResultBox
    {
        public DuckDBResult Value;
    }
}
