using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Cli.Simulate;
using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Cli.Bench;

/// <summary>What <c>mlp bench scheduler</c> measured.</summary>
/// <param name="Threads">All is decided on one.</param>
/// <param name="Clusters">A tenth of the nodes and of what waits, and all.</param>
internal sealed record SchedulerBenchReport(int Threads, IReadOnlyList<SchedulerFigures> Clusters, QueueShapeFigures ManyQueues, BenchMachine Machine);

/// <summary><c>mlp bench scheduler</c>.</summary>
internal static class SchedulerBenchCommand
{
    // The trace of spot nodes says nothing of memory: as much as nobody asks for.
    private const int NoMemoryGiven = 4 << 20;

    public static Command Create()
    {
        Argument<string[]> files = new("FILE") { Description = "Lists of nodes (of openb, or of the spot trace) and of pods (of openb), .csv or .csv.gz.", Arity = ArgumentArity.OneOrMore };
        Option<int> nodes = new("--nodes") { Description = "Nodes, by repeating those of the files. Default: 10000.", DefaultValueFactory = _ => 10_000 };
        Option<int> waiting = new("--waiting") { Description = "Works that wait, drawn from the pods. Default: 100000.", DefaultValueFactory = _ => 100_000 };
        Option<int> churn = new("--churn") { Description = "Decisions with one end and one arrival each. Default: 5000.", DefaultValueFactory = _ => 5_000 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("scheduler", "Decides over large clusters made of recorded nodes and pods, on one thread") { files, nodes, waiting, churn, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(nodes) is < 10 or > 1_000_000 || parsed.GetValue(waiting) is < 10 or > 10_000_000 || parsed.GetValue(churn) is < 1 or > 1_000_000)
                throw CliException.Usage("SIM-004", "The experiment cannot be made.", "--nodes is from 10 to 1000000, --waiting from 10 to 10000000, --churn from 1 to 1000000.");
            SchedulerBenchReport report = Measure(parsed.GetValue(files)!, parsed.GetValue(nodes), parsed.GetValue(waiting), parsed.GetValue(churn));
            if (parsed.GetValue(json))
                Console.WriteLine(JsonSerializer.Serialize(report, SchedulerBenchJson.Default.SchedulerBenchReport));
            else
            {
                foreach (SchedulerFigures f in report.Clusters)
                {
                    Console.WriteLine($"{f.Nodes:N0} nodes, {f.Waiting:N0} waiting: {f.PlacementsPerSecond:N0} placements/s while filling, a full pass in {f.FullPassSeconds:N3} s, "
                        + $"{f.ChurnAdmissionsPerSecond:N0} admissions/s sustained, a decision in {f.DecisionMsMedian:N2} ms (median) and {f.DecisionMsP99:N2} ms (p99), a placement in {f.PlacementMsMedian:N2} ms (median) and {f.PlacementMsP99:N2} ms (p99), restart in {f.RestartSeconds:N2} s");
                }
                Console.WriteLine($"{report.ManyQueues.Works:N0} works in {report.ManyQueues.Queues:N0} queues: {report.ManyQueues.AdmissionsPerSecond:N0} admissions/s");
            }
            return ExitCode.Done;
        });
        return command;
    }

    private static SchedulerBenchReport Measure(string[] files, int nodes, int waiting, int churn)
    {
        List<NodeKind> kinds = [];
        List<NodeAsk> asks = [];
        foreach (string path in files)
        {
            TraceFile file = TraceFile.Open(path);
            if (OpenbTrace.ListsNodes(file))
                kinds.AddRange(OpenbTrace.Nodes(file).Select(n => n.Kind));
            else if (file.Has("gpu_capacity_num"))
                kinds.AddRange(file.Rows.Select(r => new NodeKind((int)(r.Number("cpu_num") * 1000), NoMemoryGiven, (int)r.Number("gpu_capacity_num"), r.Text("gpu_model"))));
            else
                asks.AddRange(OpenbTrace.Pods(file));
        }
        if (kinds.Count == 0 || asks.Count == 0)
            throw CliException.Usage("SIM-004", "The experiment cannot be made.", "Name at least one list of nodes and one of pods.");
        // Small first, which warms up the code as well.
        return new SchedulerBenchReport(
            1,
            [SchedulerBench.Measure(kinds, asks, nodes / 10, waiting / 10, churn), SchedulerBench.Measure(kinds, asks, nodes, waiting, churn)],
            QueueShapeBench.Measure(),
            BenchMachine.This());
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SchedulerBenchReport))]
internal sealed partial class SchedulerBenchJson : JsonSerializerContext;
