using System.Text;
using System.Text.Json;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>Between tensors of the protocol and the columns that a model reads: a column is a tensor of one value a row.</summary>
internal static class InferenceTensors
{
    public static TensorMetadata Of(FittedColumn column) => new(column.Name, column.Kind switch
    {
        ColumnKind.Whole => "INT64",
        ColumnKind.Real => "FP64",
        ColumnKind.Boolean => "BOOL",
        _ => "BYTES",
    }, [-1]);

    /// <summary>The batch, or what is wrong with the tensors.</summary>
    /// <param name="columns">The columns that the model reads.</param>
    public static (ColumnBatch? Batch, string? Problem) Read(IReadOnlyList<string> columns, IReadOnlyList<RequestTensor> tensors, int maxRows)
    {
        if (tensors.Count == 0)
            return (null, "there are no inputs");
        if (tensors.Index().FirstOrDefault(t => t.Item is null, (-1, null!)) is { Index: >= 0 } empty)
            return (null, $"input {empty.Index} is null");
        long rows = tensors[0].Shape.Count == 0 ? 0 : tensors[0].Shape[0];
        if (rows < 1 || rows > maxRows)
            return (null, $"the input '{tensors[0].Name}' has {rows} rows; a request has 1 to {maxRows} (Serving:MaxRows)");
        Dictionary<string, RequestTensor> byName = new(StringComparer.Ordinal);
        foreach (RequestTensor tensor in tensors)
        {
            if (!byName.TryAdd(tensor.Name, tensor))
                return (null, $"the input '{tensor.Name}' is there twice");
            if (!columns.Contains(tensor.Name))
                return (null, $"the model reads no input '{tensor.Name}'; it reads {string.Join(", ", columns)}");
            if (tensor.Shape.Count is not (1 or 2) || tensor.Shape[0] != rows || (tensor.Shape.Count == 2 && tensor.Shape[1] != 1))
                return (null, $"the input '{tensor.Name}' has the shape [{string.Join(", ", tensor.Shape)}]; here it must be [{rows}] or [{rows}, 1]");
        }
        ColumnBatch batch = new(columns) { Rows = (int)rows };
        foreach (Column column in batch.Columns)
        {
            if (!byName.TryGetValue(column.Name, out RequestTensor? tensor))
                return (null, $"the input '{column.Name}' is missing");
            if (Fill(column, tensor, (int)rows) is { } problem)
                return (null, $"the input '{column.Name}' {problem}");
        }
        return (batch, null);
    }

    private static string? Fill(Column column, RequestTensor tensor, int rows)
    {
        ColumnKind? kind = tensor.Datatype switch
        {
            "BYTES" => ColumnKind.Text,
            "BOOL" => ColumnKind.Boolean,
            "FP16" or "FP32" or "FP64" => ColumnKind.Real,
            "INT8" or "INT16" or "INT32" or "INT64" or "UINT8" or "UINT16" or "UINT32" or "UINT64" => ColumnKind.Whole,
            _ => null,
        };
        if (kind is null)
            return $"has the datatype '{tensor.Datatype}'; the protocol knows BOOL, INT8 to INT64, UINT8 to UINT64, FP16 to FP64 and BYTES";
        column.Reset(kind.Value);
        if (tensor.Binary is { } binary)
            return BinaryTensors.Fill(column, tensor.Datatype, binary.Span, rows);
        if (tensor.Data is not { ValueKind: JsonValueKind.Array } data)
            return "has data that is no list";
        foreach (JsonElement cell in data.EnumerateArray())
        {
            JsonElement value = cell.ValueKind == JsonValueKind.Array && cell.GetArrayLength() == 1 ? cell[0] : cell;
            if (!TryAdd(column, value))
                return $"holds {value.GetRawText()}, which is no {tensor.Datatype}";
        }
        return column.Count == rows ? null : $"has {column.Count} values for {rows} rows";
    }

    private static bool TryAdd(Column column, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
            column.AddMissing();
        else if (column.Kind == ColumnKind.Text && value.ValueKind == JsonValueKind.String)
        {
            if (!JsonText.TryRead(value, out string? text))
                return false;
            column.Add(Encoding.UTF8.GetBytes(text));
        }
        else if (column.Kind == ColumnKind.Boolean && value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            column.Add(value.GetBoolean() ? 1L : 0L);
        else if (column.Kind == ColumnKind.Real && value.ValueKind == JsonValueKind.Number)
            column.Add(value.GetDouble());
        else if (column.Kind == ColumnKind.Whole && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long whole))
            column.Add(whole);
        else
            return false;
        return true;
    }
}
