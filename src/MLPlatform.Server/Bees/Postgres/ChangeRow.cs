using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;
using NpgsqlTypes;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>
/// A change as a record: the row's columns, then <c>_op</c> (insert, update, delete, truncate), <c>_lsn</c> and <c>_seq</c> (where in
/// which transaction), <c>_committed</c>. Of a deleted row only its key is known, unless the table's replica identity is full.
/// </summary>
internal static class ChangeRow
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Types that JSON has as well: bool, int2, int4, int8, float4, float8, numeric, json, jsonb.
    private static readonly HashSet<uint> Numbers = [20, 21, 23, 700, 701, 1700];
    private static readonly HashSet<uint> Documents = [114, 3802];

    public static byte[] Truncate(long commit, int ordinal, DateTime at) => Write(json => End(json, "truncate", commit, ordinal, at));

    /// <summary>Null for a message that is no change.</summary>
    public static async Task<byte[]?> OfAsync(PgOutputReplicationMessage message, long commit, int ordinal, DateTime at, CancellationToken cancel)
    {
        (string op, RelationMessage? relation, ReplicationTuple? before, ReplicationTuple? row) = message switch
        {
            InsertMessage insert => ("insert", insert.Relation, null, insert.NewRow),
            FullUpdateMessage update => ("update", update.Relation, update.OldRow, update.NewRow),
            IndexUpdateMessage update => ("update", update.Relation, update.Key, update.NewRow),
            UpdateMessage update => ("update", update.Relation, null, update.NewRow),
            KeyDeleteMessage delete => ("delete", delete.Relation, null, delete.Key),
            FullDeleteMessage delete => ("delete", delete.Relation, null, delete.OldRow),
            _ => ("", null, null, (ReplicationTuple?)null),
        };
        if (relation is null)
            return null;
        if (before is not null)
            await ReadAsync(before, cancel); // The wire holds it first.
        List<(TupleDataKind Kind, string? Text)> values = await ReadAsync(row!, cancel);
        return Write(json =>
        {
            for (int i = 0; i < values.Count; i++)
            {
                (TupleDataKind kind, string? text) = values[i];
                // Of a deleted row the columns beside its key come as missing; large values that did not change do not come at all.
                if (kind == TupleDataKind.UnchangedToastedValue || (kind == TupleDataKind.Null && message is KeyDeleteMessage))
                    continue;
                json.WritePropertyName(relation.Columns[i].ColumnName);
                Value(json, relation.Columns[i].DataTypeId, text);
            }
            End(json, op, commit, ordinal, at);
        });
    }

    private static async Task<List<(TupleDataKind, string?)>> ReadAsync(ReplicationTuple tuple, CancellationToken cancel)
    {
        List<(TupleDataKind, string?)> values = [];
        await foreach (ReplicationValue value in tuple.WithCancellation(cancel))
            values.Add((value.Kind, value.Kind == TupleDataKind.TextValue ? await value.Get<string>(cancel) : null));
        return values;
    }

    private static void Value(Utf8JsonWriter json, uint type, string? text)
    {
        if (text is null)
            json.WriteNullValue();
        else if (type == 16)
            json.WriteBooleanValue(text == "t");
        else if (Numbers.Contains(type) && text is not ("NaN" or "Infinity" or "-Infinity"))
            json.WriteRawValue(text);
        else if (Documents.Contains(type))
            json.WriteRawValue(text);
        else
            json.WriteStringValue(text);
    }

    private static void End(Utf8JsonWriter json, string op, long commit, int ordinal, DateTime at)
    {
        json.WriteString("_op"u8, op);
        json.WriteString("_lsn"u8, new NpgsqlLogSequenceNumber((ulong)commit).ToString());
        json.WriteNumber("_seq"u8, ordinal);
        json.WriteString("_committed"u8, DateTime.SpecifyKind(at, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture));
    }

    private static byte[] Write(Action<Utf8JsonWriter> content)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Writing))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
