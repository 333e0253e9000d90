using System.CommandLine;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Cli;

/// <summary>What is said to a command line that cannot be read.</summary>
internal static class BadUsage
{
    public static int Tell(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string path = string.Join(' ', ["mlp", .. MlpCommand.PathOf(parsed.CommandResult)]);
        string[] commands = [.. command.Subcommands.Select(c => c.Name)];
        if (commands.Length > 0 && parsed.UnmatchedTokens is [])
            Console.Error.WriteLine($"error CLI-001: {path} needs a command: {string.Join(", ", commands)}.");
        else if (commands.Length > 0 && parsed.UnmatchedTokens is [string wrong, ..] && !wrong.StartsWith('-'))
            Console.Error.WriteLine($"error CLI-001: {path} has no command '{wrong}'.{(Names.Nearest(wrong, commands) is { } near ? $" Did you mean '{near}'?" : "")}");
        else
        {
            foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
                Console.Error.WriteLine($"error CLI-001: {InWords(error.Message)}");
        }
        Console.Error.WriteLine($"See: {path} --help");
        return ExitCode.Usage;
    }

    // The parser names .NET types and puts each of the words it would take on a line of its own, as the type writes them.
    private static string InWords(string message)
    {
        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int type = lines[0].IndexOf(" as expected type", StringComparison.Ordinal);
        string what = (type < 0 ? lines[0] : lines[0][..type]).Replace(" Must be one of:", "", StringComparison.Ordinal).TrimEnd('.') + ".";
        return lines.Length > 1 ? $"{what} It is one of {string.Join(", ", lines[1..].Select(w => w.ToLowerInvariant()))}." : what;
    }
}
