using System.CommandLine;
using MLPlatform.Cli;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

public sealed class CommandTableTests
{
    [Fact]
    public void A_command_that_comes_first_is_made_alone_and_is_the_same_as_among_all()
    {
        RootCommand all = MlpCommand.Create([]);
        Assert.True(all.Subcommands.Count > 30);
        foreach (Command command in all.Subcommands)
        {
            Command alone = Assert.Single(MlpCommand.Create([command.Name]).Subcommands);
            Assert.Equal((command.Name, command.Description), (alone.Name, alone.Description));
        }
        Assert.Equal(all.Subcommands.Count, MlpCommand.Create(["--home", "demo", "run"]).Subcommands.Count);
    }
}
