using System.CommandLine;
using System.Globalization;
using MLPlatform.Core.Scheduling.Simulation;

namespace MLPlatform.Cli.Simulate;

/// <summary><c>mlp simulate philly</c> and <c>mlp simulate swf</c></summary>
internal static class QueueCommand
{
    public static Command Create(string name, string description, int? gpus, int node, Func<string, string?, IReadOnlyList<QueueJob>> read, bool clusters)
    {
        Argument<string> file = new("FILE") { Description = "The trace, plain or .gz." };
        Option<int?> size = new("--gpus") { Description = $"Devices that there are. Default: {(gpus is null ? "as many as the largest job asks for" : $"{gpus}")}.", HelpName = "N" };
        Option<int> nodeSize = new("--node") { Description = "Devices of a node; jobs that fill one are brought forward by the default policy, with 1 none is.", HelpName = "N", DefaultValueFactory = _ => node };
        Option<string?> cluster = new("--cluster") { Description = "Only the jobs of one virtual cluster: the trace's column of that name.", HelpName = "NAME" };
        QueueVariation variation = new();
        Option<string[]> policies = SimulateCommand.PolicyOption();
        Option<FileInfo?> html = SimulateCommand.HtmlOption();
        Option<bool> json = GlobalOptions.Json();
        Command command = new(name, description) { file, size, nodeSize, policies, html, json };
        variation.AddTo(command);
        if (clusters)
            command.Options.Add(cluster);
        command.SetAction(async (parsed, cancel) =>
        {
            IReadOnlyList<string> names = SimulateCommand.Policies(parsed.GetValue(policies), QueueOrders.Names);
            IReadOnlyList<QueueJob> jobs = variation.Of(parsed, read(parsed.GetValue(file)!, clusters ? parsed.GetValue(cluster) : null));
            if (jobs.Count == 0)
                throw CliException.Usage("SIM-004", $"There are no jobs in '{parsed.GetValue(file)}'.");
            int largest = jobs.Max(j => j.Gpus), there = parsed.GetValue(size) ?? gpus ?? largest;
            if (largest > there)
                throw CliException.Usage("SIM-004", $"A job asks for {largest} devices, and there are {there}.", "Give more with --gpus.");
            QueueOutcome[] outcomes = new QueueOutcome[names.Count];
            Parallel.For(0, names.Count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
                outcomes[i] = new QueueOutcome(names[i], there, QueueOrders.Run(names[i], jobs, there, parsed.GetValue(nodeSize))));
            await SimulateCommand.WriteAsync(parsed.GetValue(html), () => SimulationPage.Queue(outcomes), cancel);
            if (parsed.GetValue(json))
                Print.Json(outcomes);
            else
                Print.Table(Titles, outcomes.Select(Row));
            return ExitCode.Done;
        });
        return command;
    }

    internal static IReadOnlyList<string> Titles { get; } = ["POLICY", "MEAN COMPLETION s", "MEDIAN", "P95", "MEAN WAIT s", "OF 8 GPUS AND MORE", "LONGEST WAIT", "BOUND", "SLOWDOWN", "IN USE", "LONGEST QUEUE"];

    internal static IReadOnlyList<string> Row(QueueOutcome outcome)
    {
        QueueResult r = outcome.Result;
        return
        [
            outcome.Policy, Whole(r.MeanCompletion), Whole(r.MedianCompletion), Whole(r.P95Completion), Whole(r.MeanWait), r.MeanWaitOfLarge is { } large ? Whole(large) : "",
            Whole(r.LongestWait), r.WaitBound is { } bound ? Whole(bound) : "", r.BoundedSlowdown.ToString("F2", CultureInfo.InvariantCulture), r.Utilisation.ToString("F4", CultureInfo.InvariantCulture), $"{r.LongestQueue}",
        ];
    }

    private static string Whole(double seconds) => seconds.ToString("N0", CultureInfo.InvariantCulture);
}

/// <summary>One policy on one trace.</summary>
internal sealed record QueueOutcome(string Policy, int Gpus, QueueResult Result);
