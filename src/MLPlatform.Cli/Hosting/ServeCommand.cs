using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using MLPlatform.Server.Hosting;

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

    public static Command Create()
    {
        Command command = new("serve", "Run the platform: REST API, engine and web pages.") { Address, RequireTokens };
        command.SetAction(ServeAsync);
        return command;
    }

    private static async Task<int> ServeAsync(ParseResult parsed, CancellationToken cancel)
    {
        string home = GlobalOptions.HomeOf(parsed);
        Dictionary<string, string?> overrides = [];
        if (parsed.GetValue(RequireTokens))
            overrides["Auth:Required"] = "true";
        await using WebApplication app = PlatformHost.Build(
            new HostSettings { Home = home, Address = parsed.GetValue(Address), Overrides = overrides });
        Directory.CreateDirectory(home);
        await app.StartAsync(cancel);
        Console.WriteLine($"MLPlatform {VersionCommand.Version} at {app.Urls.First()} (home {home}, process {Environment.ProcessId}). Ctrl+C stops it; running attempts go on.");
        await app.WaitForShutdownAsync(cancel);
        return ExitCode.Done;
    }
}
