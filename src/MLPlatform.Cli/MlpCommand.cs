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
using MLPlatform.Cli.Kubernetes;
using MLPlatform.Cli.Labels;
using MLPlatform.Cli.Lineage;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Cli.Pools;
using MLPlatform.Cli.Quotas;
using MLPlatform.Cli.Registry;
using MLPlatform.Cli.Replay;
using MLPlatform.Cli.Reservations;
using MLPlatform.Cli.Runs;
using MLPlatform.Cli.Simulate;
using MLPlatform.Cli.Sweeps;
using MLPlatform.Cli.Triggers;
using MLPlatform.Cli.Vlps;
using MLPlatform.Cli.Workspaces;

namespace MLPlatform.Cli;

/// <summary>The command <c>mlp</c>: a table of contents of the commands below it.</summary>
internal static class MlpCommand
{
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("serve", ServeCommand.Create),
        ("demo", DemoCommand.Create),
        ("validate", ValidateCommand.Create),
        ("plan", PlanCommand.Create),
        ("run", RunCommand.Create),
        ("runs", RunsCommand.Create),
        ("train", TrainCommand.Create),
        ("frameworks", FrameworksCommand.Create),
        ("sweep", SweepCommand.Create),
        ("sweeps", SweepsCommand.Create),
        ("workspaces", WorkspacesCommand.Create),
        ("reservations", ReservationsCommand.Create),
        ("apply", ApplyCommand.Create),
        ("pipelines", PipelinesCommand.Create),
        ("triggers", TriggersCommand.Create),
        ("backfill", BackfillCommand.Create),
        ("activities", ActivitiesCommand.Create),
        ("artifacts", ArtifactsCommand.Create),
        ("models", ModelsCommand.Create),
        ("deployments", DeploymentsCommand.Create),
        ("serve-model", ServeModelCommand.Create),
        ("replay", ReplayCommand.Create),
        ("simulate", SimulateCommand.Create),
        ("quota", QuotaCommand.Create),
        ("pools", PoolsCommand.Create),
        ("datasets", DatasetsCommand.Create),
        ("experiments", ExperimentsCommand.Create),
        ("code", CodeCommand.Create),
        ("lineage", LineageCommand.Create),
        ("labels", LabelsCommand.Create),
        ("alarms", AlarmsCommand.Create),
        ("features", FeaturesCommand.Create),
        ("import", ImportCommand.Create),
        ("export", ExportCommand.Create),
        ("tokens", TokensCommand.Create),
        ("audit", AuditCommand.Create),
        ("version", VersionCommand.Create),
        ("bees", BeesCommand.Create),
        ("vlps", VlpsCommand.Create),
        ("bench", BenchCommand.Create),
    ];

    /// <summary>All commands, or the one alone that comes first: making the others would cost each call time, and a long one memory.</summary>
    public static RootCommand Create(IReadOnlyList<string> args)
    {
        RootCommand root = new("MLPlatform: pipelines from raw data to a model that serves, and stays fresh.") { GlobalOptions.Server, GlobalOptions.Token, GlobalOptions.Home };
        Func<Command>[] wanted = [.. Commands.Where(c => args.Count > 0 && c.Name == args[0]).Select(c => c.Create)];
        foreach (Func<Command> create in wanted.Length > 0 ? wanted : [.. Commands.Select(c => c.Create)])
            root.Add(create());
        return root;
    }

    /// <summary>The names of the commands that were given, without <c>mlp</c> itself.</summary>
    public static IEnumerable<string> PathOf(CommandResult result)
    {
        List<string> names = [];
        for (SymbolResult? at = result; at is CommandResult { Command: not RootCommand } command; at = at.Parent)
            names.Insert(0, command.Command.Name);
        return names;
    }
}
