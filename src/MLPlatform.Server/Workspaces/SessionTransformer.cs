using System.Net.Http.Headers;
using MLPlatform.Core.Workspaces;
using Yarp.ReverseProxy.Forwarder;

namespace MLPlatform.Server.Workspaces;

/// <summary>Takes the platform's own credentials off a request, and puts the session's secret on.</summary>
internal sealed class SessionTransformer(SessionFiles files) : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        HttpRequestHeaders headers = proxyRequest.Headers;
        HttpRequest request = httpContext.Request;
        // Jupyter compares it with the page that asks.
        headers.Host = request.Host.Value;
        headers.Remove("Authorization");
        headers.Remove(WorkspaceProxy.SessionHeader);
        headers.Remove(WorkspaceProxy.DirectHeader);
        headers.Remove("Cookie");
        // Nobody compresses what is followed on its way.
        headers.Remove("Sec-WebSocket-Extensions");
        string[] others = [.. request.Cookies.Where(c => c.Key != WorkspacePass.Cookie).Select(c => $"{c.Key}={c.Value}")];
        if (others.Length > 0)
            headers.TryAddWithoutValidation("Cookie", string.Join("; ", others));
        string secret = files.Read(new WorkspaceId(Guid.Parse((string)request.RouteValues["id"]!)))!.Secret;
        headers.Add(WorkspaceProxy.SessionHeader, secret);
        if (request.Headers.Origin.Count == 0 && request.Headers["Sec-Fetch-Site"].Count == 0 && request.Cookies.Count == 0)
            headers.Add(WorkspaceProxy.DirectHeader, secret);
    }
}
