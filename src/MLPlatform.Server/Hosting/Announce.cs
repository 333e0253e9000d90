using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace MLPlatform.Server.Hosting;

/// <summary>Writes <c>server.json</c> once requests are answered and removes it when the server stops.</summary>
internal sealed class Announce(HostSettings settings, IServer server) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        ServerFile.Write(settings.Home, AddressOf(server));
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        ServerFile.Remove(settings.Home);
        return Task.CompletedTask;
    }

    public static string AddressOf(IServer server) =>
        server.Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
