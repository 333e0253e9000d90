using System.IO.Compression;
using Microsoft.AspNetCore.Http.Features;

namespace MLPlatform.Server.Bees;

/// <summary>Reads a request's body whole, decompressed, and never more of it than allowed: a small body may hold a large one.</summary>
internal static class BodyReader
{
    /// <returns>The bytes, or what is wrong.</returns>
    public static async Task<(ReadOnlyMemory<byte> Body, string? Problem)> ReadAsync(HttpRequest request, long limit, CancellationToken cancel)
    {
        // What counts here is the size after decompression.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = limit;
        string encoding = request.Headers.ContentEncoding.ToString();
        Stream? body = encoding switch
        {
            "" or "identity" => request.Body,
            "gzip" => new GZipStream(request.Body, CompressionMode.Decompress),
            "br" => new BrotliStream(request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(request.Body, CompressionMode.Decompress),
            _ => null,
        };
        if (body is null)
            return (default, $"The Content-Encoding '{encoding}' is not known; gzip, br, deflate and identity are.");
        var whole = new MemoryStream(request.ContentLength is > 0 and < 1 << 26 ? (int)request.ContentLength : 0);
        byte[] buffer = new byte[1 << 16];
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, cancel)) > 0;)
            {
                if (whole.Length + read > limit)
                    return (default, $"The body is larger than {limit} bytes. Send less at once, or raise the setting Bees:RequestBytes.");
                whole.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            return (default, $"The body is not whole {encoding}: {e.Message}");
        }
        return (whole.GetBuffer().AsMemory(0, (int)whole.Length), null);
    }
}
