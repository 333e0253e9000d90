using System.CommandLine;
using System.Globalization;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Simulation;

namespace MLPlatform.Cli.Simulate;

/// <summary><c>mlp simulate openb</c></summary>
internal static class PlacementCommand
{
    private const int FirstSeed = 42, Hundred = 100;

    public static Command Create()
    {
        Argument<string[]> files = new("FILE") { Description = "One list of nodes and one or more of pods, .csv or .csv.gz.", Arity = ArgumentArity.OneOrMore };
        Option<string[]> policies = SimulateCommand.PolicyOption();
        Option<int> seeds = new("--seeds") { Description = "Orders of arrival to try, from seed 42 on. Default: 10.", DefaultValueFactory = _ => 10 };
        Option<double> arrived = new("--arrived") { Description = "When to stop: GPUs asked for, as a multiple of those that there are. Default: 1.3.", DefaultValueFactory = _ => 1.3 };
        Option<FileInfo?> html = SimulateCommand.HtmlOption();
        Option<bool> json = GlobalOptions.Json();
        Command command = new("openb", "Pods arrive at a cluster one by one and stay, as in the experiments of the FGD paper (USENIX ATC 2023).") { files, policies, seeds, arrived, html, json };
        command.SetAction(async (parsed, cancel) =>
        {
            IReadOnlyList<string> names = SimulateCommand.Policies(parsed.GetValue(policies), PlacementPolicies.Names);
            if (parsed.GetValue(seeds) is < 1 or > 1000 || parsed.GetValue(arrived) is not (> 0 and <= 10))
                throw CliException.Usage("SIM-004", "The experiment cannot be made.", "--seeds is from 1 to 1000, --arrived above 0 and at most 10.");
            IReadOnlyList<PlacementOutcome> outcomes = Simulate(parsed.GetValue(files)!, names, parsed.GetValue(seeds), parsed.GetValue(arrived), cancel);
            await SimulateCommand.WriteAsync(parsed.GetValue(html), () => SimulationPage.Placement(outcomes), cancel);
            if (parsed.GetValue(json))
                Print.Json(outcomes);
            else
                Print.Table(["PODS", "POLICY", "GPUS TAKEN AT 100 % ARRIVED", "IN THE END", "SPREAD", "LOWEST", "HIGHEST"], outcomes.Select(o => (string[])[o.Workload, o.Policy, Percent(o.AtHundred), Percent(o.AtEnd), Figure(o.Spread), Percent(o.Lowest), Percent(o.Highest)]));
            return ExitCode.Done;
        });
        return command;
    }

    private static List<PlacementOutcome> Simulate(string[] files, IReadOnlyList<string> policies, int seeds, double arrived, CancellationToken cancel)
    {
        ILookup<bool, (string Path, TraceFile File)> traces = files.Select(f => (f, TraceFile.Open(f))).ToLookup(f => OpenbTrace.ListsNodes(f.Item2));
        if (traces[true].Count() != 1 || !traces[false].Any())
            throw CliException.Usage("SIM-004", "The experiment needs one list of nodes and at least one of pods.", "A list of nodes has the columns sn, cpu_milli, memory_mib, gpu and model; one of pods name, cpu_milli, memory_mib, num_gpu and gpu_milli.");
        IReadOnlyList<(string Name, NodeKind Kind)> nodes = OpenbTrace.Nodes(traces[true].Single().File);
        List<PlacementOutcome> outcomes = [];
        foreach ((string path, TraceFile file) in traces[false])
        {
            IReadOnlyList<NodeAsk> pods = OpenbTrace.Pods(file);
            if (nodes.Sum(n => n.Kind.Gpus) == 0 || pods.Sum(p => (long)p.TotalMilliGpu) == 0)
                throw CliException.Usage("SIM-004", $"There are no GPUs in the nodes, or none asked for in '{path}'.", "The experiment measures how many GPUs are taken.");
            Workload workload = Workload.Of(pods);
            foreach (string policy in policies)
            {
                IReadOnlyList<double>[] curves = new IReadOnlyList<double>[seeds];
                Parallel.For(0, seeds, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
                    curves[i] = ArrivalExperiment.Run(nodes, pods, cluster => PlacementPolicies.Create(policy, workload, cluster, FirstSeed + i), FirstSeed + i, arrived));
                outcomes.Add(PlacementOutcome.Of(Name(path), policy, curves));
            }
        }
        return outcomes;
    }

    // The name of the workload: what tells the file from others of its kind.
    private static string Name(string path)
    {
        string name = Path.GetFileName(path).Split('.')[0];
        const string prefix = "openb_pod_list_";
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
    }

    private static string Percent(double? value) => value is null ? "" : Figure(value.Value) + " %";

    private static string Figure(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    /// <summary>One policy on one list of pods; all in per cent of the GPUs.</summary>
    /// <param name="AtHundred">Taken when as many GPUs were asked for as there are; the mean over the seeds. Null where fewer arrive.</param>
    /// <param name="AtEnd">Taken when the last pod had arrived; the mean over the seeds.</param>
    /// <param name="Spread">The standard deviation of that over the seeds.</param>
    /// <param name="Curve">Taken after 0, 1, 2, … per cent of the GPUs were asked for; the mean over the seeds.</param>
    internal sealed record PlacementOutcome(string Workload, string Policy, int Seeds, double? AtHundred, double AtEnd, double Spread, double Lowest, double Highest, IReadOnlyList<double> Curve)
    {
        public static PlacementOutcome Of(string workload, string policy, IReadOnlyList<double>[] curves)
        {
            double[] ends = [.. curves.Select(c => c[^1])];
            double mean = ends.Average();
            double[] curve = [.. Enumerable.Range(0, curves.Min(c => c.Count)).Select(i => curves.Average(c => c[i]))];
            return new PlacementOutcome(
                workload, policy, curves.Length, curve.Length > Hundred ? curve[Hundred] : null, mean, Math.Sqrt(ends.Average(e => (e - mean) * (e - mean))), ends.Min(), ends.Max(), curve);
        }
    }
}
