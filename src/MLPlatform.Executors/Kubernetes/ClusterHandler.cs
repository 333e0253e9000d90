using System.Net;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// Goes easy on an API server: so many requests a second, and what it has no time for now (429, 5xx, a broken connection) is asked
/// again, after as long as it says or a growing pause. All we ask may be asked twice: objects have names of their own.
/// </summary>
internal sealed class ClusterHandler(ClusterSettings cluster, TimeProvider time) : DelegatingHandler
{
    private const int Tries = 5;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private double _tokens = cluster.Burst;
    private long _at = time.GetTimestamp();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        for (int tried = 1; ; tried++)
        {
            await TakeTurnAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan pause = TimeSpan.FromMilliseconds(100 * (1 << tried));
            try
            {
                HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
                if (tried == Tries || !IsPassing(response.StatusCode))
                    return response;
                pause = response.Headers.RetryAfter is { } after ? after.Delta ?? (after.Date - time.GetUtcNow()) ?? pause : pause;
                response.Dispose();
            }
            catch (HttpRequestException) when (tried < Tries)
            {
                // Asked again below.
            }
            await Task.Delay(pause < TimeSpan.Zero ? TimeSpan.Zero : pause > LongestPause ? LongestPause : pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsPassing(HttpStatusCode code) =>
        code is HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    // A bucket of tokens: each request takes one, and so many a second come back.
    private async Task TakeTurnAsync(CancellationToken cancel)
    {
        TimeSpan wait;
        lock (_gate)
        {
            long now = time.GetTimestamp();
            _tokens = Math.Min(cluster.Burst, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * cluster.Qps);
            _at = now;
            _tokens--;
            wait = _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / cluster.Qps);
        }
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancel).ConfigureAwait(false);
    }
}
