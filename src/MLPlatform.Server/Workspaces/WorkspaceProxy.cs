using System.Security.Claims;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Workspaces;
using MLPlatform.Server.Problems;
using Yarp.ReverseProxy.Forwarder;

namespace MLPlatform.Server.Workspaces;

/// <summary>Passes what comes to a workspace's address on to its notebook server, WebSockets included.</summary>
internal sealed class WorkspaceProxy(IHttpForwarder forwarder, SessionWire wire, SessionFiles files, WorkspaceDoor door, WorkspacePass pass, WorkspaceTraffic traffic)
{
    /// <summary>Carries the secret of the session.</summary>
    public const string SessionHeader = "X-Mlp-Session";

    /// <summary>Carries it again where a program asks, which no web page can make do so.</summary>
    public const string DirectHeader = "X-Mlp-Direct";

    // Notebooks with their outputs are large; the notebook server bounds them itself.
    private const long MostBytes = 1L << 30;

    private static readonly ForwarderRequestConfig Patience = new() { ActivityTimeout = TimeSpan.FromMinutes(10) };
    private readonly SessionTransformer _transformer = new(files);

    public async Task InvokeAsync(HttpContext context, Guid id)
    {
        WorkspaceId workspace = new(id);
        // 1. A ticket is exchanged at once, and does not stay in the address.
        if (context.Request.Query[WorkspacePass.Parameter] is [{ Length: > 0 } ticket])
        {
            await ExchangeAsync(context, workspace, ticket);
            return;
        }
        // 2. Who asks, and for what.
        ClaimsPrincipal? user = await door.WhoAsync(context, workspace);
        if (user is null)
        {
            await Refuse(context, Problem.Of(401, "WORK-005", "This workspace asks who you are.", "Open it with 'mlp workspaces open', or send 'Authorization: Bearer TOKEN'."));
            return;
        }
        if (ForeignPage(context.Request) is { } page)
        {
            await Refuse(context, Problem.Of(403, "API-007", $"A page of '{page}' may not use a workspace.", "Open the workspace at its own address."));
            return;
        }
        (Workspace? found, ProblemHttpResult? problem) = await door.FindAsync(workspace, user, context.RequestAborted);
        if (found is null)
        {
            await Refuse(context, problem!);
            return;
        }
        if (context.Request.Path.Value!.EndsWith("/.platform/state", StringComparison.Ordinal))
        {
            await TypedResults.Ok(new { state = WorkspaceView.NameOf(found.State), reclaimAt = (found.State as WorkspaceState.Warned)?.ReclaimAt }).ExecuteAsync(context);
            return;
        }
        // 3. Pass it on.
        if (IsPerson(context.Request))
            traffic.Note(workspace);
        traffic.Follow(workspace, context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MostBytes;
        if (context.Features.Get<IStatusCodePagesFeature>() is { } pages)
            pages.Enabled = false;
        ForwarderError error = await forwarder.SendAsync(context, SessionWire.AddressOf(workspace), wire.Invoker, Patience, _transformer);
        if (RestartedKernel(context) is { } kernel)
            traffic.Forget(workspace, kernel);
        if (error is not ForwarderError.None && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
            await Refuse(context, Problem.Of(502, "WORK-009", $"The notebook server of the workspace {found.Name} does not answer ({error}).", "If this stays so, 'mlp workspaces show' tells how the session is."));
    }

    private async Task ExchangeAsync(HttpContext context, WorkspaceId id, string ticket)
    {
        if (await pass.ExchangeAsync(id, ticket, context.RequestAborted) is not { } cookie)
        {
            await Refuse(context, Problem.Of(401, "WORK-005", "The ticket in the address is over, or was used already.", "'mlp workspaces open' gives a new one."));
            return;
        }
        context.Response.Cookies.Append(WorkspacePass.Cookie, cookie, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = SessionFiles.Address(id),
            MaxAge = WorkspacePass.CookieLife,
        });
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Redirect(context.Request.Path);
    }

    // A browser names the page that asks with everything that could do harm, WebSockets included.
    private static string? ForeignPage(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        if (origin.Length > 0 && !string.Equals(origin, $"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase))
            return origin;
        bool page = HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate";
        return request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site" && !page ? "another site" : null;
    }

    // Open pages ask for what they show again and again; people open pages and change things.
    private static bool IsPerson(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
        ? request.Headers["Sec-Fetch-Mode"] == "navigate"
        : !request.Path.Value!.EndsWith("/api/security/csp-report", StringComparison.Ordinal);

    // What ran in it is gone, and nobody tells its end.
    private static string? RestartedKernel(HttpContext context) => HttpMethods.IsPost(context.Request.Method) && context.Response.StatusCode < 300
        && context.Request.Path.Value!.Split('/') is [.., "api", "kernels", { Length: > 0 } kernel, "restart"] ? kernel : null;

    private static Task Refuse(HttpContext context, ProblemHttpResult problem) => problem.ExecuteAsync(context);
}
