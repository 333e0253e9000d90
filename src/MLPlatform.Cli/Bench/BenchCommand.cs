using System.CommandLine;

namespace MLPlatform.Cli.Bench;

/// <summary><c>mlp bench</c>: measurements, each on its own.</summary>
internal static class BenchCommand
{
    public static Command Create() => new("bench", "Measures the platform on this machine") { EngineBenchCommand.Create(), StepsBenchCommand.Create(), BeesBenchCommand.Create(), ServingBenchCommand.Create(), LogsBenchCommand.Create(), SchedulerBenchCommand.Create(), Vlps.VlpsBenchCommand.Create(), Vlps.DeltaBenchCommand.Create(), Vlps.GpuBenchCommand.Create(), Vlps.FileBenchCommand.Create() };
}
