using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Usage;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary><c>mlp bench vlps-gpu</c>.</summary>
internal static class GpuBenchCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSetup.ClientOptions) { WriteIndented = true };

    public static Command Create()
    {
        Option<int> rows = new("--rows") { Description = "Samples; nine tenths train, one tenth judges", DefaultValueFactory = _ => 2_000_000 };
        Option<int[]> batches = new("--batches") { Description = "Batches of torch on the GPU, each measured; the first one on the CPU too", DefaultValueFactory = _ => [VlpsBenchCommand.Batch, 4096, 16_384], AllowMultipleArgumentsPerToken = true };
        Option<double[]> rates = new("--rates") { Description = "Learning rates to try; the one with the best AUC is measured", DefaultValueFactory = _ => [0.03, 0.05, 0.1], AllowMultipleArgumentsPerToken = true };
        Option<int> repeats = new("--repeats") { Description = "Measured trainings of each", DefaultValueFactory = _ => 5 };
        Option<double> seconds = new("--seconds") { Description = "On a GPU, go on with them for so long", DefaultValueFactory = _ => 20 };
        Option<string> gpu = new("--gpu") { Description = "What the training asks for; 0: nothing, and it runs on the CPU", DefaultValueFactory = _ => "1" };
        Option<bool> cpu = new("--torch-on-cpu") { Description = "Measure torch on the CPU too" };
        Option<string> python = new("--python") { Description = "A Python that has torch", DefaultValueFactory = _ => "/usr/bin/python3" };
        Option<int[]> threads = new("--threads") { Description = "Threads that vlps is measured with, each", DefaultValueFactory = _ => [.. ((int[])[2, Environment.ProcessorCount]).Distinct()], AllowMultipleArgumentsPerToken = true };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("vlps-gpu", "Trains DeepFM with torch on a GPU, as an attempt of the platform, and with vlps on the CPU beside it")
        {
            rows, batches, rates, repeats, seconds, gpu, cpu, python, threads, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var request = new GpuBenchRequest(
                parsed.GetValue(rows), parsed.GetValue(batches)!, parsed.GetValue(rates)!, parsed.GetValue(repeats), parsed.GetValue(seconds),
                parsed.GetValue(gpu)!, parsed.GetValue(cpu), Path.GetFullPath(parsed.GetValue(python)!), parsed.GetValue(threads)!);
            if (Wrong(request) is { } wrong)
                throw CliException.Usage("CLI-001", wrong);
            GpuBenchFigures f = await GpuBench.MeasureAsync(request, cancel);
            Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(f, Indented) : Tell(f));
            return ExitCode.Done;
        });
        return command;
    }

    private static string? Wrong(GpuBenchRequest r) =>
        r.Rows is < 1000 or > 50_000_000 ? "--rows must be from 1000 to 50000000"
        : r.Batches.Length == 0 || r.Batches.Any(b => b is < 1 or > 10_000_000) ? "--batches must be above 0"
        : r.Rates.Length == 0 || r.Rates.Any(x => !(x > 0)) ? "--rates must be above 0"
        : r.Repeats < 1 || !(r.Seconds >= 0) ? "--repeats must be 1 or above, --seconds 0 or above"
        : r.Threads.Any(t => t is < 1 or > 1024) ? "--threads must be from 1 to 1024"
        : !File.Exists(r.Python) ? $"there is no {r.Python}"
        : null;

    private static string Tell(GpuBenchFigures f) => string.Join('\n', f.Torch.Select(Tell)
        .Concat(f.Vlps.Select(v => string.Create(CultureInfo.InvariantCulture, $"vlps on {v.Threads} threads: {v.SamplesPerSecond:N0} samples/s, AUC {v.Auc:0.00000}"))));

    private static string Tell(TorchTraining t)
    {
        GpuUsage? gpu = t.Usage?.Gpus is [GpuUsage first, ..] ? first : null;
        return string.Create(CultureInfo.InvariantCulture, $"torch {t.Told.Torch} on {t.Told.DeviceName}, batch {t.Told.Batch}: {t.Told.SamplesPerSecond:N0} samples/s, AUC {t.Told.Auc:0.00000}")
            + (gpu is null ? "" : string.Create(CultureInfo.InvariantCulture, $"; GPU {gpu.AverageUtilization:P0} busy, {gpu.PeakUtilization:P0} at most, {gpu.PeakMemoryBytes >> 20:N0} MiB"));
    }
}
