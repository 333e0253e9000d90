using Microsoft.AspNetCore.SignalR;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Tells a viewer what happens to the instance that it looks at, in the words of Elsa's hub.</summary>
internal sealed class InstanceHub(InstanceFollower follower) : Hub
{
    public const string Path = "/elsa/hubs/workflow-instance";

    // A browser lets any page open a WebSocket to any server, so the page must be one of this server's own.
    public override Task OnConnectedAsync()
    {
        HttpRequest? request = Context.GetHttpContext()?.Request;
        string origin = request?.Headers.Origin.ToString() ?? "";
        if (origin.Length > 0 && !string.Equals(origin, $"{request!.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase))
            Context.Abort();
        return Task.CompletedTask;
    }

    public Task ObserveInstanceAsync(string instanceId)
    {
        follower.Follow(instanceId, Context.ConnectionId, Context.ConnectionAborted);
        return Task.CompletedTask;
    }
}

internal static class InstanceHubMap
{
    public static void MapInstanceHub(this IEndpointRouteBuilder app) => app.MapHub<InstanceHub>(InstanceHub.Path).RequireAuthorization(Permissions.View).ExcludeFromDescription();
}
