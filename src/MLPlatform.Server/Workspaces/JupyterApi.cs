using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Workspaces;

namespace MLPlatform.Server.Workspaces;

internal sealed record JupyterKernel(
    string Id, string Name, [property: JsonPropertyName("last_activity")] DateTimeOffset LastActivity, [property: JsonPropertyName("execution_state")] string State, int Connections);

internal sealed record JupyterTerminal(string Name, [property: JsonPropertyName("last_activity")] DateTimeOffset? LastActivity);

internal sealed record JupyterSession(string Id, string Path, string Type, JupyterKernel? Kernel);

/// <summary>Jupyter's own REST API, asked by the platform itself.</summary>
internal sealed class JupyterApi(SessionWire wire, SessionFiles files)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The answer to a GET; default where it does not answer with one.</summary>
    public async Task<T?> GetAsync<T>(WorkspaceId id, string path, CancellationToken cancel)
    {
        using HttpResponseMessage? answer = await SendAsync(id, HttpMethod.Get, path, null, cancel);
        return answer is { IsSuccessStatusCode: true }
            ? await JsonSerializer.DeserializeAsync<T>(await answer.Content.ReadAsStreamAsync(cancel), JsonSerializerOptions.Web, cancel) : default;
    }

    /// <summary>The status of the answer; null where the server does not answer.</summary>
    public async Task<HttpStatusCode?> DoAsync(WorkspaceId id, HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        using HttpResponseMessage? answer = await SendAsync(id, method, path, body, cancel);
        return answer?.StatusCode;
    }

    private async Task<HttpResponseMessage?> SendAsync(WorkspaceId id, HttpMethod method, string path, object? body, CancellationToken cancel)
    {
        if (files.Read(id) is not { } session)
            return null;
        using HttpRequestMessage request = new(method, $"{SessionWire.AddressOf(id)}{session.Address}{path}");
        request.Headers.Add(WorkspaceProxy.SessionHeader, session.Secret);
        request.Headers.Add(WorkspaceProxy.DirectHeader, session.Secret);
        if (body is not null)
            request.Content = JsonContent.Create(body, options: JsonSerializerOptions.Web);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await wire.Invoker.SendAsync(request, limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null; // Not up yet, or gone: what its run says decides.
        }
    }
}
