using System.CommandLine;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Bees.Relay;

namespace MLPlatform.Cli.Bees;

/// <summary><c>mlp bees relay</c>: keeps what agents send and forwards it, until it is stopped.</summary>
internal static class RelayCommand
{
    private static readonly Option<FileInfo> Config = new("--config") { Description = "The relay's settings, a JSON file.", HelpName = "FILE", Required = true };
    private static readonly Option<bool> Check = new("--check") { Description = "Only check the settings." };

    public static Command Create()
    {
        Command command = new("relay", "Take what agents send, keep it on this host's disk, and forward it.") { Config, Check };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        FileInfo file = parsed.GetValue(Config)!;
        if (!file.Exists)
            throw CliException.Usage("BEES-002", $"There is no file '{file}'.", "Name the file with --config; docs/bees.md tells what it holds.");
        (RelaySettings? settings, IReadOnlyList<Diagnostic> problems) = RelaySettings.Read(await File.ReadAllBytesAsync(file.FullName, cancel), file.ToString());
        foreach (Diagnostic problem in problems)
            Console.Error.WriteLine(problem);
        if (settings is null)
            throw CliException.Usage("BEES-001", $"'{file}' is not right; see above.");
        if (parsed.GetValue(Check))
        {
            Console.WriteLine($"{file}: valid");
            return ExitCode.Done;
        }
        try
        {
            await using RelayHost relay = await RelayHost.StartAsync(settings, told => Console.Error.WriteLine(Print.Harmless(told)), cancel);
            Console.WriteLine($"Relay at {relay.Address}, to {settings.Server}. Ctrl+C stops it; what is kept is forwarded at the next start.");
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(static _ => { }, TaskScheduler.Default);
            return ExitCode.Done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException("BEES-075", $"The relay cannot start: {e.Message}", "Stop the other one that uses the folder or the address, or name others.", ExitCode.Failed);
        }
    }
}
