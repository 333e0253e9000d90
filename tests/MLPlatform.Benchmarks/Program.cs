using MLPlatform.Benchmarks.Bees;
using MLPlatform.Benchmarks.Data;
using MLPlatform.Benchmarks.Executors;
using MLPlatform.Benchmarks.Experiments;
using MLPlatform.Benchmarks.Features;
using MLPlatform.Benchmarks.Labels;
using MLPlatform.Benchmarks.Scheduling;
using MLPlatform.Benchmarks.Sweeps;
using MLPlatform.Benchmarks.Vlps;

// Measures, never judges: a figure that must hold belongs into the committed results, with the machine it came from.
return args switch
{
    ["executor", .. string[] options] => await ExecutorBench.RunAsync(options),
    ["collect", .. string[] options] => await CollectBench.RunAsync(options),
    ["active-learning", .. string[] options] => await ActiveLearningBench.RunAsync(options),
    ["plane", .. string[] options] => await PlaneBench.RunAsync(options),
    ["compare", .. string[] options] => await CompareBench.RunAsync(options),
    ["features", .. string[] options] => await FeatureBench.RunAsync(options),
    ["invariants", .. string[] options] => InvariantsBench.Run(options),
    ["sweeps", .. string[] options] => SweepBench.Run(options),
    ["vlps-table", .. string[] options] => TableBench.Run(options),
    ["vlps-scale", .. string[] options] => ScaleBench.Run(options),
    ["vlps-tier", .. string[] options] => TierBench.Run(options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: MLPlatform.Benchmarks executor [--steps 1000] [--in-flight 2] [--activity TYPE INPUTS] [--memory BYTES]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks collect [--rows 2000000]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks active-learning --data FOLDER [--seeds 10]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks plane [--mib 5120] [--memory-mib 1024]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks features [--rows 10000000] [--labels 1000000] [--repeats 3]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks compare [--runs 10000] [--metrics 200] [--parameters 20] [--repeats 7]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks invariants [--histories 100000] [--calm] [--seed SEED]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks sweeps [--seeds 20] [--trials 60]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks vlps-table [--features 20000000]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks vlps-scale [--features 200000000] [--folder FOLDER] [--out FILE]");
    Console.Error.WriteLine("       MLPlatform.Benchmarks vlps-tier [--features 20000000] [--hot ROWS] [--skew 6] [--seconds 60] [--folder FOLDER] [--out FILE]");
    return 2;
}
