using System.Text;

namespace MLPlatform.Server.Runs;

/// <summary>Writes server-sent events.</summary>
internal sealed class EventStream(HttpResponse response)
{
    /// <summary>Sends the headers, so that the reader knows at once that it is connected.</summary>
    public Task OpenAsync(CancellationToken cancel)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        return response.Body.FlushAsync(cancel);
    }

    /// <param name="id">Where a reader that comes back goes on; null leaves it where it was.</param>
    /// <param name="data">One line.</param>
    public async Task SendAsync(string name, string? id, string data, CancellationToken cancel)
    {
        string text = (id is null ? "" : $"id: {id}\n") + $"event: {name}\ndata: {data}\n\n";
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancel);
    }

    /// <summary>A comment that keeps proxies from closing a silent connection.</summary>
    public async Task PingAsync(CancellationToken cancel)
    {
        await response.Body.WriteAsync(": ping\n\n"u8.ToArray(), cancel);
        await FlushAsync(cancel);
    }

    public Task FlushAsync(CancellationToken cancel) => response.Body.FlushAsync(cancel);

    /// <summary>The id of the last event that the reader saw; null at its first visit or if it makes no sense.</summary>
    public static long? LastSeen(HttpRequest request) =>
        long.TryParse(request.Headers["Last-Event-ID"].ToString(), System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out long id) ? id : null;
}
