using System.CommandLine;

namespace MLPlatform.Cli.Vlps;

/// <summary><c>mlp vlps</c>: the sparse training library by itself, without a server.</summary>
internal static class VlpsCommand
{
    public static Command Create() => new("vlps", "Sparse training: what a table takes, what is in a model folder, clicks to try it with, and the roles of a training over shards.")
    {
        SizeCommand.Create(), InspectCommand.Create(), ClicksCommand.Create(), Shards.PsCommand.Create(), Shards.WorkerCommand.Create(),
    };
}
