using System.CommandLine;

namespace MLPlatform.Cli.Bees;

/// <summary><c>mlp bees</c>: collection from hosts.</summary>
internal static class BeesCommand
{
    public static Command Create()
    {
        Command bees = new("bees", "Collect records: the agent of this host, sources, and who sends to them.") { AgentCommand.Create(), RelayCommand.Create() };
        foreach (Command command in SourcesCommands.Create())
            bees.Add(command);
        bees.Add(ConfigsCommand.Create());
        return bees;
    }
}
