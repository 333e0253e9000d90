using System.CommandLine;
using MLPlatform.Bees.Agents;
using MLPlatform.Bees.Settings;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Cli.Bees;

/// <summary><c>mlp bees agent</c>: reads files of this host and delivers their records, until it is stopped.</summary>
internal static class AgentCommand
{
    private static readonly Option<FileInfo> Config = new("--config") { Description = "The agent's settings, a JSON file.", HelpName = "FILE", Required = true };
    private static readonly Option<bool> Once = new("--once") { Description = "Deliver all there is, then end." };
    private static readonly Option<bool> Check = new("--check") { Description = "Only check the settings." };

    private static readonly Option<bool> Json = new("--json") { Description = "At the end, print what was delivered and what it cost as JSON." };

    public static Command Create()
    {
        Command command = new("agent", "Read files of this host and deliver their records, each once.") { Config, Once, Check, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        AgentSettings settings = Read(parsed.GetValue(Config)!.FullName);
        if (parsed.GetValue(Check))
        {
            Console.WriteLine($"{settings.Agent}: valid, {settings.Sources.Count} {(settings.Sources.Count == 1 ? "source" : "sources")}");
            return ExitCode.Done;
        }
        try
        {
            AgentOutcome outcome = await AgentRun.RunAsync(settings, parsed.GetValue(Once), Tell, cancel);
            if (parsed.GetValue(Json))
                Print.Json(outcome);
            Console.Error.WriteLine($"{settings.Agent}: {outcome.Records} {(outcome.Records == 1 ? "record" : "records")} delivered");
            return ExitCode.Done;
        }
        catch (AgentException e)
        {
            throw new CliException(e.Code, e.Message, e.Hint, ExitCode.Failed);
        }
    }

    private static AgentSettings Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("BEES-002", $"The settings cannot be read: {e.Message}", "Name the file with --config; docs/bees.md tells what it holds.");
        }
        (AgentSettings? settings, IReadOnlyList<Diagnostic> problems) = AgentSettingsFile.Read(bytes, path);
        foreach (Diagnostic problem in problems)
            Console.Error.WriteLine(problem);
        return settings ?? throw CliException.Usage("BEES-001", $"'{path}' is not right; see above.");
    }

    private static void Tell(AgentNotice notice) => Console.Error.WriteLine(
        $"{notice.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {(notice.Over ? "over" : "alarm")} {notice.Code}: {Print.Harmless(notice.Message)}");
}
