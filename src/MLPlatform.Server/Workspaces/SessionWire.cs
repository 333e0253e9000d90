using System.Net.Sockets;
using MLPlatform.Core.Workspaces;

namespace MLPlatform.Server.Workspaces;

/// <summary>The way to the notebook servers: HTTP over the unix socket of each. The host of an address names the workspace.</summary>
internal sealed class SessionWire : IDisposable
{
    private const string Suffix = ".workspace";
    private readonly SessionFiles _files;

    public SessionWire(SessionFiles files)
    {
        _files = files;
        Invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = System.Net.DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            ConnectCallback = ConnectAsync,
        });
    }

    public HttpMessageInvoker Invoker { get; }

    public static string AddressOf(WorkspaceId id) => $"http://{id}{Suffix}";

    public void Dispose() => Invoker.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        string host = context.DnsEndPoint.Host;
        SessionSecret session = Guid.TryParse(host.AsSpan(0, Math.Max(0, host.Length - Suffix.Length)), out Guid id) && _files.Read(new WorkspaceId(id)) is { } found
            ? found : throw new HttpRequestException($"no session of '{host}' was started on this machine");
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(session.Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
