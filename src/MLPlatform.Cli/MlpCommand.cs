using System.CommandLine;
using System.CommandLine.Parsing;
using MLPlatform.Cli.Access;
using MLPlatform.Cli.Activities;
using MLPlatform.Cli.Alarms;
using MLPlatform.Cli.Artifacts;
using MLPlatform.Cli.Bees;
using MLPlatform.Cli.Bench;
using MLPlatform.Cli.Code;
using MLPlatform.Cli.Datasets;
using MLPlatform.Cli.Demo;
using MLPlatform.Cli.Deployments;
using MLPlatform.Cli.Experiments;
using MLPlatform.Cli.Features;
using MLPlatform.Cli.Hosting;
using MLPlatform.Cli.Jobs;
using MLPlatform.Cli.Labels;
using MLPlatform.Cli.Lineage;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Cli.Registry;
using MLPlatform.Cli.Replay;
using MLPlatform.Cli.Runs;
using MLPlatform.Cli.Sweeps;
using MLPlatform.Cli.Triggers;

namespace MLPlatform.Cli;

/// <summary>The command <c>mlp</c>: a table of contents of the commands below it.</summary>
internal static class MlpCommand
{
    public static RootCommand Create() => new("MLPlatform: pipelines from raw data to a model that serves, and stays fresh.")
    {
        GlobalOptions.Server,
        GlobalOptions.Token,
        GlobalOptions.Home,
        ServeCommand.Create(),
        DemoCommand.Create(),
        ValidateCommand.Create(),
        PlanCommand.Create(),
        RunCommand.Create(),
        RunsCommand.Create(),
        TrainCommand.Create(),
        FrameworksCommand.Create(),
        SweepCommand.Create(),
        SweepsCommand.Create(),
        ApplyCommand.Create(),
        PipelinesCommand.Create(),
        TriggersCommand.Create(),
        BackfillCommand.Create(),
        ActivitiesCommand.Create(),
        ArtifactsCommand.Create(),
        ModelsCommand.Create(),
        DeploymentsCommand.Create(),
        ServeModelCommand.Create(),
        ReplayCommand.Create(),
        DatasetsCommand.Create(),
        ExperimentsCommand.Create(),
        CodeCommand.Create(),
        LineageCommand.Create(),
        LabelsCommand.Create(),
        AlarmsCommand.Create(),
        FeaturesCommand.Create(),
        ImportCommand.Create(),
        TokensCommand.Create(),
        AuditCommand.Create(),
        VersionCommand.Create(),
        BeesCommand.Create(),
        BenchCommand.Create(),
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
