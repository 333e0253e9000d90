using System.CommandLine;

namespace MLPlatform.Cli.Bees;

/// <summary><c>mlp bees</c>: collection from hosts.</summary>
internal static class BeesCommand
{
    public static Command Create() => new("bees", "Collect records from files of this host.") { AgentCommand.Create() };
}
