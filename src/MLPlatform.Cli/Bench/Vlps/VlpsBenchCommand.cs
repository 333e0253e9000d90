using System.CommandLine;
using System.Text.Json;
using MLPlatform.Server.Describe;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary><c>mlp bench vlps</c>.</summary>
internal static class VlpsBenchCommand
{
    /// <summary>Samples whose gradients are taken together, where nothing is said.</summary>
    internal const int Batch = 2304;

    private static readonly JsonSerializerOptions Indented = new(JsonSetup.ClientOptions) { WriteIndented = true };

    public static Command Create()
    {
        Option<int> rows = new("--rows") { Description = "Samples; nine tenths train, one tenth judges", DefaultValueFactory = _ => 2_000_000 };
        Option<string> model = new("--model") { Description = "lr, fm, fwfm, deepfm or dcn-v2", DefaultValueFactory = _ => "fm" };
        model.AcceptOnlyFromAmong("lr", "fm", "fwfm", "deepfm", "dcn-v2");
        Option<int> threads = new("--threads") { Description = "Threads that train", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<int> batch = new("--batch") { Description = "Samples whose gradients are taken together", DefaultValueFactory = _ => Batch };
        Option<double[]> rates = new("--rates") { Description = "Learning rates to try; the one with the best AUC is measured", DefaultValueFactory = _ => [0.03, 0.05, 0.1], AllowMultipleArgumentsPerToken = true };
        Option<int> repeats = new("--repeats") { Description = "Measured repeats", DefaultValueFactory = _ => 5 };
        Option<bool> any = new("--any-threads") { Description = "Train so that the weights do not depend on the number of threads" };
        Option<Precision?> precision = new("--precision") { Description = "How factors are kept" };
        Option<RowOptimizer?> optimizer = new("--optimizer") { Description = "What rows are stepped by" };
        Option<string?> torch = new("--against-torch") { Description = "Folder of base_torch.py, to run it in turns on the same data (lr, fm, deepfm)" };
        Option<string> python = new("--python") { Description = "What runs it", DefaultValueFactory = _ => "/usr/bin/python3" };
        Option<int> torchBatch = new("--torch-batch") { Description = "Its batch", DefaultValueFactory = _ => 4096 };
        Option<double[]> torchRates = new("--torch-rates") { Description = "Its learning rates", DefaultValueFactory = _ => [0.02, 0.05, 0.1], AllowMultipleArgumentsPerToken = true };
        Option<bool> shards = new("--shards") { Description = "Train over shards and workers that are processes of this machine instead, and in one process beside (lr, fm, deepfm)" };
        Option<int[]> staleness = new("--staleness") { Description = "With --shards: batches whose rows are asked for ahead; each is measured", DefaultValueFactory = _ => [0], AllowMultipleArgumentsPerToken = true };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("vlps", "Trains sparse models on made-up clicks, beside the machine's limits and, if asked, torch")
        {
            rows, model, threads, batch, rates, repeats, any, precision, optimizer, torch, python, torchBatch, torchRates, shards, staleness, json,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            var request = new VlpsBenchRequest(
                parsed.GetValue(rows), parsed.GetValue(model)!, parsed.GetValue(threads), parsed.GetValue(batch), parsed.GetValue(rates)!,
                parsed.GetValue(repeats), parsed.GetValue(any), parsed.GetValue(torch), parsed.GetValue(python)!, parsed.GetValue(torchBatch), parsed.GetValue(torchRates)!)
            {
                Precision = parsed.GetValue(precision),
                Optimizer = parsed.GetValue(optimizer),
            };
            if (Wrong(request) is { } wrong)
                throw CliException.Usage("CLI-001", wrong);
            if (parsed.GetValue(shards))
            {
                if (request.Model is not ("lr" or "fm" or "deepfm") || parsed.GetValue(staleness)!.Any(s => s is < 0 or > 32))
                    throw CliException.Usage("CLI-001", "over shards the model is lr, fm or deepfm, and --staleness from 0 to 32");
                ShardBenchFigures told = await new ShardBench(request.Rows, request.Model, request.Batch, parsed.GetValue(staleness)!, request.Repeats).MeasureAsync(cancel);
                Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(told, Indented) : Tell(told));
                return ExitCode.Done;
            }
            VlpsBenchFigures f = await VlpsBench.MeasureAsync(request, cancel);
            Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(f, Indented) : Tell(f));
            return ExitCode.Done;
        });
        return command;
    }

    private static string? Wrong(VlpsBenchRequest r) =>
        r.Rows is < 1000 or > 50_000_000 ? "--rows must be from 1000 to 50000000"
        : r.Threads is < 1 or > 1024 ? "--threads must be from 1 to 1024"
        : r.Batch is < 1 or > 65_536 ? "--batch must be from 1 to 65536"
        : r.Repeats < 1 ? "--repeats must be 1 or above"
        : r.Rates.Length == 0 || r.Rates.Any(x => !(x > 0)) || r.TorchRates.Length == 0 ? "rates must be above 0"
        : r.Torch is { } folder && !File.Exists(Path.Combine(folder, "base_torch.py")) ? $"there is no base_torch.py in {folder}"
        : r.Torch is not null && r.Model is not ("lr" or "fm" or "deepfm") ? "the torch script has lr, fm and deepfm"
        : r.Torch is null ? null : TorchSide.Lack(r.Python);

    private static string Tell(ShardBenchFigures f) => string.Join('\n', f.OneProcess.Select(r => $"one process, {r.Workers} threads: {r.SamplesPerSecond:N0} samples/s, AUC {r.Auc:0.00000}")
        .Concat(f.Runs.Select(r => $"{r.Shards} shards, {r.Workers} workers, staleness {r.Staleness}: {r.SamplesPerSecond:N0} samples/s, {r.BytesPerSample:N0} bytes a sample, AUC {r.Auc:0.00000}")));

    private static string Tell(VlpsBenchFigures f) =>
        $"{f.Model} on {f.Threads} threads: {f.SamplesPerSecond:N0} samples/s, AUC {f.Auc:0.00000} of {f.BestAuc:0.00000}, "
        + (f.OfFlops is { } flops ? $"{flops:P0} of the multiply-add bound, " : "") + $"{f.OfLines:P0} of the random-line bound, {f.OfLinesAndMemory:P0} with the memory that is new; {f.AgainOfLines:P0} in a second pass"
        + (f.Torch is { } t ? $"; torch {t.Version} {t.SamplesPerSecond:N0} samples/s, AUC {t.Auc:0.00000}: {t.Ratio:0.0} times" : "");
}
