using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>An impression as a JSON line, the form that pipelines collect.</summary>
internal static class ImpressionRecord
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Write(ArrayBufferWriter<byte> to, AnsweredRequest request, Impression impression, int version, ServingRole role)
    {
        DeploymentSpec spec = request.Served.Deployment.Spec;
        int row = impression.Row;
        using Utf8JsonWriter json = new(to, Writing);
        json.WriteStartObject();
        json.WriteString("requestId"u8, impression.RequestId);
        json.WriteString("item"u8, impression.Item);
        json.WriteString("at"u8, request.At.UtcDateTime);
        json.WriteString("model"u8, spec.Model);
        json.WriteNumber("version"u8, version);
        json.WriteString("role"u8, NameOf(role));
        if (float.IsFinite(impression.Score))
            json.WriteNumber("score"u8, impression.Score);
        else
            json.WriteNull("score"u8);
        if (impression.Rank is { } rank)
            json.WriteNumber("rank"u8, rank);
        if (impression.Shown is { } shown)
        {
            json.WriteNumber("position"u8, shown.Position);
            json.WriteNumber("propensity"u8, shown.Propensity);
        }
        if (impression.Features is { } hash)
            json.WriteString("features"u8, hash.ToString("x16", CultureInfo.InvariantCulture));
        if (request.Key is not null)
            json.WriteString("key"u8, request.Key);
        // A list of a thousand items has one row.
        if (spec.Settings.KeepRows && impression.Rank is null or 1)
        {
            json.WritePropertyName("row"u8);
            if (request.Rows is not null)
                request.Rows[row].WriteTo(json);
            else
                WriteRow(json, request.Batch, row);
        }
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> NameOf(ServingRole role) => role switch
    {
        ServingRole.Champion => "champion"u8,
        ServingRole.Challenger => "challenger"u8,
        ServingRole.Canary => "canary"u8,
        _ => "shadow"u8,
    };

    private static void WriteRow(Utf8JsonWriter json, ColumnBatch batch, int row)
    {
        Span<byte> scratch = stackalloc byte[32];
        json.WriteStartObject();
        foreach (Column column in batch.Columns.Where(c => c.IsPresent(row)))
        {
            json.WritePropertyName(column.Name);
            if (column.Kind == ColumnKind.Text)
                json.WriteStringValue(column.Text(row));
            else
                json.WriteRawValue(column.Canonical(row, scratch), skipInputValidation: true);
        }
        json.WriteEndObject();
    }
}
