using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>Gathers what an attempt left: its outcome, outputs, metrics and facts.</summary>
internal sealed class AttemptHarvest(ProcessExecutorOptions options, IArtifactStore? artifacts)
{
    // The kernel lays to a process what its starter, the supervisor, held when it started it: less than this may be that.
    private const long StarterBytes = 64 << 20;

    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    public async Task<(AttemptOutcome Outcome, AttemptFacts Facts)> CollectAsync(AttemptOrder order, string folder, ExitRecord exit, ExecutionFacts? place = null)
    {
        (IReadOnlyList<MetricPoint> metrics, int refused) = MetricsFile.Read(Path.Combine(folder, AttemptFiles.Metrics), options.MetricPoints, exit.At);
        var facts = new AttemptFacts(Execution(exit, refused, UsageOf(folder, exit), place), metrics);
        Failure? failure = FailureOf.Exit(exit, exit.Code == 0 ? "" : LastWords.Of(AttemptLog.Open(folder)));
        AttemptOutcome outcome = failure is null ? Outputs(Path.Combine(folder, AttemptFiles.Outputs)) : new AttemptOutcome.Failed(failure);
        if (outcome is AttemptOutcome.Succeeded done && order.Placement == ActivityPlacement.Script && artifacts is not null)
            outcome = await ScriptArtifacts.StoreAsync(done.Outputs, folder, artifacts, CancellationToken.None).ConfigureAwait(false);
        foreach (string own in (string[])[Path.Combine(folder, AttemptFiles.Scratch), Path.Combine(folder, AttemptFiles.Code)])
        {
            if (Directory.Exists(own))
                Directory.Delete(own, recursive: true);
        }
        // What was reached is in the outputs now; until then, the next attempt goes on from there.
        if (outcome is AttemptOutcome.Succeeded && order.KeepsCheckpoints && AttemptFiles.Checkpoints(options.Home, order.Id) is string kept && Directory.Exists(kept))
            Directory.Delete(kept, recursive: true);
        return (outcome, facts);
    }

    /// <summary>What is known when an attempt starts, as JSON.</summary>
    public static string Execution(ProcessRecord process) =>
        JsonSerializer.Serialize(new ExecutionFacts { Pid = process.Pid, Worker = process.Worker, Limits = process.Limits }, HarvestJson.Default.ExecutionFacts);

    private static string Execution(ExitRecord exit, int refusedMetrics, AttemptUsage usage, ExecutionFacts? place) => JsonSerializer.Serialize(
        (place ?? new ExecutionFacts()) with
        {
            Pid = exit.Pid,
            ExitCode = exit.Code,
            Signal = exit.Signal is int signal ? FailureOf.SignalName(signal) : null,
            OutOfMemory = exit.OutOfMemory,
            PeakMemoryBytes = usage.PeakMemoryBytes > 0 ? usage.PeakMemoryBytes : null,
            CpuSeconds = usage.CpuSeconds > 0 ? usage.CpuSeconds : null,
            Usage = usage.Seconds > 0 || place is null ? usage : null, // Where nobody looked, nothing is known.
            LeftBehind = exit.LeftBehind,
            MetricsRefused = refusedMetrics,
            Limits = exit.Limits,
        },
        HarvestJson.Default.ExecutionFacts);

    // The kernel knows to the byte and tick what the main process used and what it waited for; the looks know the rest.
    private static AttemptUsage UsageOf(string folder, ExitRecord exit)
    {
        AttemptUsage seen = AttemptFolder.ReadUsage(folder) ?? new AttemptUsage { At = exit.At };
        double seconds = AttemptFolder.ReadProcess(folder) is { } process ? Math.Max(0, (exit.At - process.At).TotalSeconds) : seen.Seconds;
        double cpu = Math.Max(seen.CpuSeconds, exit.CpuSeconds ?? 0);
        return new AttemptUsage
        {
            At = exit.At,
            Seconds = Math.Round(seconds, 3),
            CpuSeconds = Math.Round(cpu, 3),
            PeakCores = Math.Max(seen.PeakCores, seconds > 0 ? Math.Round(cpu / seconds, 3) : 0),
            PeakMemoryBytes = seen.PeakMemoryBytes > 0 && exit.PeakMemoryBytes < StarterBytes ? seen.PeakMemoryBytes : Math.Max(seen.PeakMemoryBytes, exit.PeakMemoryBytes ?? 0),
            Gpus = [.. seen.Gpus.Select(g => g with { Utilization = null, MemoryBytes = null })],
        };
    }

    private AttemptOutcome Outputs(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            return new AttemptOutcome.Succeeded(Empty);
        if (file.Length > options.OutputsBytes)
            return Fail("EXEC-008", string.Create(
                CultureInfo.InvariantCulture,
                $"outputs.json has {file.Length} bytes, more than the {options.OutputsBytes} allowed; write large results as artifacts"));
        try
        {
            JsonElement outputs = JsonElement.Parse(File.ReadAllBytes(path));
            return outputs.ValueKind == JsonValueKind.Object
                ? new AttemptOutcome.Succeeded(outputs)
                : Fail("EXEC-007", $"outputs.json holds a JSON {outputs.ValueKind.ToString().ToLowerInvariant()}; it must hold an object, {{\"name\": value}}");
        }
        catch (JsonException e)
        {
            return Fail("EXEC-006", $"outputs.json is not valid JSON (line {e.LineNumber + 1}): {Harmless.Text(e.Message)}");
        }
    }

    private static AttemptOutcome.Failed Fail(string code, string message) => new(new Failure(FailureKind.User, code, message));
}
