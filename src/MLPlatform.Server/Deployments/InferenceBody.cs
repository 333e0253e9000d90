using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// Bodies of inference: JSON, or by the protocol's extension for binary data JSON whose length a header tells, followed by the data of
/// the tensors that have a <c>binary_data_size</c>.
/// </summary>
internal static class InferenceBody
{
    internal const string LengthHeader = "Inference-Header-Content-Length";
    internal const string Size = "binary_data_size";

    /// <summary>The request, or what is wrong with it.</summary>
    /// <exception cref="BadHttpRequestException">It is not JSON, or not of the protocol's shape.</exception>
    public static async Task<(InferenceRequest? Request, string? Problem)> ReadAsync(HttpRequest http, JsonSerializerOptions options, CancellationToken cancel)
    {
        string header = http.Headers[LengthHeader].ToString();
        if (header.Length == 0)
        {
            if (!http.HasJsonContentType())
                throw new BadHttpRequestException("The body must be JSON.", StatusCodes.Status415UnsupportedMediaType);
            InferenceRequest plain = await ParseAsync(http.Body, options, cancel);
            return plain.Inputs.Any(i => i?.Parameters?.ContainsKey(Size) == true)
                ? (null, $"SERVE-007 A tensor has a {Size}, and the request no header {LengthHeader}.") : (plain, null);
        }
        using MemoryStream whole = new();
        await http.Body.CopyToAsync(whole, cancel);
        if (!int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length < 1 || length > whole.Length)
            return (null, $"SERVE-007 {LengthHeader} is '{header}'; it tells how many of the body's {whole.Length} bytes are JSON.");
        using MemoryStream json = new(whole.GetBuffer(), 0, length);
        return Attach(await ParseAsync(json, options, cancel), whole.GetBuffer().AsMemory(length, (int)whole.Length - length));
    }

    /// <summary>Whether an output is wanted as binary data.</summary>
    public static bool WantsBinary(InferenceRequest request, AnswerTensor output) =>
        request.Outputs?.FirstOrDefault(o => o.Name == output.Name)?.Parameters?.TryGetValue("binary_data", out JsonElement own) == true ? own.ValueKind == JsonValueKind.True
        : request.Parameters?.TryGetValue("binary_data_output", out JsonElement all) == true && all.ValueKind == JsonValueKind.True;

    private static async Task<InferenceRequest> ParseAsync(Stream body, JsonSerializerOptions options, CancellationToken cancel)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<InferenceRequest>(body, options, cancel) ?? throw new BadHttpRequestException("The request body is null.");
        }
        catch (JsonException e)
        {
            throw new BadHttpRequestException("The request body cannot be read.", StatusCodes.Status400BadRequest, e);
        }
    }

    private static (InferenceRequest? Request, string? Problem) Attach(InferenceRequest request, ReadOnlyMemory<byte> data)
    {
        List<RequestTensor> inputs = [];
        foreach (RequestTensor tensor in request.Inputs)
        {
            if (tensor?.Parameters?.TryGetValue(Size, out JsonElement given) != true)
            {
                inputs.Add(tensor!);
                continue;
            }
            if (given.ValueKind != JsonValueKind.Number || !given.TryGetInt32(out int size) || size < 0 || size > data.Length)
                return (null, $"SERVE-007 The input '{tensor.Name}' has {Size} {given.GetRawText()}; {data.Length} bytes are left of the body.");
            inputs.Add(tensor with { Binary = data[..size] });
            data = data[size..];
        }
        return data.Length == 0 ? (request with { Inputs = inputs }, null) : (null, $"SERVE-007 The body has {data.Length} bytes that belong to no input.");
    }
}

/// <summary>An answer with outputs that are binary data behind the JSON.</summary>
/// <param name="isBinary">Whether an output is; the others stay in the JSON.</param>
internal sealed class BinaryAnswer(InferenceAnswer answer, Func<AnswerTensor, bool> isBinary) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        Dictionary<string, byte[]> data = answer.Outputs.Where(isBinary).ToDictionary(o => o.Name, BinaryTensors.ToBytes, StringComparer.Ordinal);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(new
        {
            model_name = answer.ModelName,
            model_version = answer.ModelVersion,
            id = answer.Id,
            outputs = answer.Outputs.Select(o => data.TryGetValue(o.Name, out byte[]? bytes)
                ? (object)new { name = o.Name, datatype = o.Datatype, shape = o.Shape, parameters = new Dictionary<string, int> { [InferenceBody.Size] = bytes.Length } }
                : new { name = o.Name, datatype = o.Datatype, shape = o.Shape, data = o.Data }),
        });
        httpContext.Response.ContentType = "application/octet-stream";
        httpContext.Response.ContentLength = json.Length + data.Values.Sum(d => d.Length);
        httpContext.Response.Headers[InferenceBody.LengthHeader] = json.Length.ToString(CultureInfo.InvariantCulture);
        await httpContext.Response.Body.WriteAsync(json);
        foreach (AnswerTensor output in answer.Outputs.Where(o => data.ContainsKey(o.Name)))
            await httpContext.Response.Body.WriteAsync(data[output.Name]);
    }
}
