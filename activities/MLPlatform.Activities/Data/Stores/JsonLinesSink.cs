using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>Writes one JSON object a line; missing values are null.</summary>
internal sealed class JsonLinesSink(Stream stream, IReadOnlyList<TableColumn> columns) : IRowSink
{
    private readonly Utf8JsonWriter _json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
    private readonly JsonEncodedText[] _names = [.. columns.Select(c => JsonEncodedText.Encode(c.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];

    public void Write(DuckVectors.Vector[] vectors, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            _json.WriteStartObject();
            for (int i = 0; i < vectors.Length; i++)
                Value(vectors[i], row, _names[i], columns[i].Type);
            _json.WriteEndObject();
            _json.Flush();
            stream.WriteByte((byte)'\n');
            _json.Reset();
        }
    }

    public void Complete() => _json.Flush();

    public void Dispose()
    {
        _json.Dispose();
        stream.Dispose();
    }

    private void Value(in DuckVectors.Vector vector, int row, JsonEncodedText name, ColumnType type)
    {
        if (vector.IsMissing(row))
            _json.WriteNull(name);
        else if (type == ColumnType.String)
            _json.WriteString(name, vector.Text(row));
        else if (type == ColumnType.Bool)
            _json.WriteBoolean(name, vector.Bool(row));
        else if (type == ColumnType.Timestamp)
            _json.WriteString(name, Encoding.UTF8.GetBytes(DelimitedSink.Instant(vector.Int64(row))));
        else if (type == ColumnType.Double)
            _json.WriteNumber(name, double.IsFinite(vector.Double(row)) ? vector.Double(row) : throw StoreErrors.Unfit("A number is not finite, which JSON cannot say. Clean the table first."));
        else
            _json.WriteNumber(name, vector.Int64(row));
    }
}
