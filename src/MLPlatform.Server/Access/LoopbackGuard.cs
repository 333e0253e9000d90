using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Access;

/// <summary>
/// Where no token is asked for, the loopback address is the only protection, and a web page open in a browser here can
/// reach it too. So a request must name this machine as its host (a rebound DNS name does not), and a write that a
/// browser sends must come from this server's own pages.
/// </summary>
internal static class LoopbackGuard
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        Refusal(context.Request) is { } why
            ? Problem.Of(403, "API-007", why, "Use http://127.0.0.1 or localhost, or run the server with tokens (Auth:Required=true).")
                .ExecuteAsync(context)
            : next(context);

    internal static string? Refusal(HttpRequest request)
    {
        if (!IsLoopback(request.Host.Host))
            return $"The host '{request.Host.Value}' is not this machine's loopback address.";
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
            return null;
        string origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase))
            return $"A page of '{origin}' may not change anything here.";
        return request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
            ? "A page of another site may not change anything here."
            : null;
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(host.Trim('[', ']'), out System.Net.IPAddress? address) && System.Net.IPAddress.IsLoopback(address));
}
