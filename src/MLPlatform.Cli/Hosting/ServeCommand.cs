using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MLPlatform.Server.Hosting;
using MLPlatform.Storage;

namespace MLPlatform.Cli.Hosting;

/// <summary><c>mlp serve</c>: the platform until it is stopped.</summary>
internal static class ServeCommand
{
    private static readonly Option<string?> Address = new("--address")
    {
        Description = "Address to listen on; port 0 takes a free one. Default: the setting Server:Address, http://127.0.0.1:5080. Beyond loopback, tokens are required.",
        HelpName = "URL",
    };

    private static readonly Option<bool> RequireTokens = new("--require-tokens") { Description = "Ask for API tokens on the loopback address too." };

    private static readonly Option<int?> Slots = new("--slots") { Description = "Cores to give out. Default: all of this machine's.", HelpName = "N" };

    public static Command Create()
    {
        Command command = new("serve", "Run the platform: REST API, engine and web pages.") { Address, RequireTokens, Slots };
        command.SetAction(ServeAsync);
        return command;
    }

    private static async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancel)
    {
        string home = GlobalOptions.HomeOf(parsed);
        Dictionary<string, string?> overrides = [];
        if (parsed.GetValue(RequireTokens))
            overrides["Auth:Required"] = "true";
        if (parsed.GetValue(Slots) is { } cores)
            overrides["Engine:Cpu"] = cores.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using HomeLock homeLock = HomeLock.TryTake(home, out int? holder) ?? throw Held(home, holder);
        await using WebApplication app = PlatformHost.Build(
            new HostSettings { Home = home, Address = parsed.GetValue(Address), Overrides = overrides });
        string? secret = await StartAsync(app, cancel);
        if (secret is not null)
            Console.WriteLine($"Admin token, shown this once: {secret}");
        // Last: whoever waits for this line before asking anything has read the token by then.
        Console.WriteLine($"MLPlatform {VersionCommand.Version} at {app.Urls.First()} (home {home}, process {Environment.ProcessId}). Ctrl+C stops it; running attempts go on.");
        await app.WaitForShutdownAsync(cancel);
        return PlatformHost.BugOf(app) is { } bug
            ? throw new CliException("ENG-011", bug, "Start the server again; its journal is intact. Report the log.", ExitCode.Unreachable)
            : ExitCode.Done;
    }

    private static async Task<string?> StartAsync(WebApplication app, CancellationToken cancel)
    {
        try
        {
            return await PlatformHost.StartAsync(app, cancel);
        }
        catch (OptionsValidationException e)
        {
            throw CliException.Usage("CLI-014", $"A setting is wrong: {string.Join(" ", e.Failures)}", "Settings come from appsettings.json and from variables such as MLP_Server__Address.");
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new CliException("CLI-015", $"The address is in use: {e.Message}", "Stop what listens there, or choose another with --address http://127.0.0.1:PORT.", ExitCode.Unreachable);
        }
    }

    private static CliException Held(string home, int? holder) => ServerFile.FindLive(home) is { } live
        ? new CliException("CLI-005", $"A server runs in the home folder '{home}' already: {live.Address}, process {live.Pid}.", "Use it, or choose another folder with --home.", ExitCode.Unreachable)
        : Connection.PlatformConnection.Held(home, holder);
}
