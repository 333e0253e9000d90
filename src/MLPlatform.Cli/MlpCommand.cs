using System.CommandLine;
using System.CommandLine.Parsing;
using MLPlatform.Cli.Hosting;

namespace MLPlatform.Cli;

/// <summary>The command <c>mlp</c>: a table of contents of the commands below it.</summary>
internal static class MlpCommand
{
    public static RootCommand Create() => new("MLPlatform: pipelines from raw data to a registered model.")
    {
        GlobalOptions.Server,
        GlobalOptions.Token,
        GlobalOptions.Home,
        ServeCommand.Create(),
        VersionCommand.Create(),
    };

    /// <summary>The names of the commands that were given, without <c>mlp</c> itself.</summary>
    public static IEnumerable<string> PathOf(CommandResult result)
    {
        List<string> names = [];
        for (SymbolResult? at = result; at is CommandResult { Command: not RootCommand } command; at = at.Parent)
            names.Insert(0, command.Command.Name);
        return names;
    }
}
