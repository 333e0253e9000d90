using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using MLPlatform.Server.Hosting;
using MLPlatform.Storage;

namespace MLPlatform.Cli.Connection;

/// <summary>What a command may count on.</summary>
internal enum Purpose
{
    /// <summary>Looks only: runs are not carried on.</summary>
    Read,

    /// <summary>Changes something and is done.</summary>
    Change,

    /// <summary>Stays until a run has ended.</summary>
    Stay,
}

/// <summary>
/// A way to the platform: the server named by <c>--server</c>, else the one that runs in the home folder, else the whole
/// platform inside this process, for as long as the command takes. All three are spoken to over HTTP.
/// </summary>
internal sealed class PlatformConnection : IAsyncDisposable
{
    private readonly WebApplication? _embedded;
    private readonly HomeLock? _lock;

    private PlatformConnection(PlatformClient client, WebApplication? embedded, HomeLock? homeLock)
    {
        Client = client;
        _embedded = embedded;
        _lock = homeLock;
    }

    public PlatformClient Client { get; }

    /// <summary>Whether the platform ends with this command.</summary>
    public bool IsEmbedded => _embedded is not null;

    /// <param name="slots">Cores to give out where the platform is embedded; a server has its own.</param>
    public static async Task<PlatformConnection> OpenAsync(ParseResult parsed, Purpose purpose, CancellationToken cancel, int? slots = null)
    {
        string? token = GlobalOptions.TokenOf(parsed);
        if (GlobalOptions.ServerOf(parsed) is { } address)
            return slots is not null ? throw NotHere() : new PlatformConnection(new PlatformClient(address, token), null, null);
        string home = GlobalOptions.HomeOf(parsed);
        if (ServerFile.FindLive(home) is { } live)
            return slots is not null ? throw NotHere() : new PlatformConnection(new PlatformClient(live.Address, token), null, null);
        return await EmbedAsync(home, purpose, slots, cancel);
    }

    private static CliException NotHere() => CliException.Usage("CLI-016", "--slots says how many cores this command gives out, and a server runs.", "Start the server with 'mlp serve --slots N' instead.");

    /// <summary>Closes it; attempts that run are left to the next process that serves this home.</summary>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_embedded is not null)
        {
            await _embedded.StopAsync(CancellationToken.None);
            await _embedded.DisposeAsync();
        }
        _lock?.Dispose();
    }

    private static async Task<PlatformConnection> EmbedAsync(string home, Purpose purpose, int? slots, CancellationToken cancel)
    {
        Dictionary<string, string?> overrides = new() { ["Auth:Required"] = "false" };
        if (slots is { } cores)
            overrides["Engine:Cpu"] = cores.ToString(System.Globalization.CultureInfo.InvariantCulture);
        HomeLock homeLock = HomeLock.TryTake(home, out int? holder) ?? throw Held(home, holder);
        WebApplication? app = null;
        try
        {
            app = PlatformHost.Build(new HostSettings
            {
                Home = home,
                Address = "http://127.0.0.1:0",
                Embedded = true,
                CarriesRunsOn = purpose != Purpose.Read,
                Overrides = overrides,
            });
            await PlatformHost.StartAsync(app, cancel);
            return new PlatformConnection(new PlatformClient(app.Urls.First(), null), app, homeLock);
        }
        catch
        {
            if (app is not null)
                await app.DisposeAsync();
            homeLock.Dispose();
            throw;
        }
    }

    internal static CliException Held(string home, int? holder) => new("CLI-005",
        $"Process {holder?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "(unknown)"} is working in the home folder '{home}', and it is not a server that can be asked.",
        "Wait until it ends, start 'mlp serve' once to let many commands work at the same time, or use another folder with --home.", ExitCode.Unreachable);
}
