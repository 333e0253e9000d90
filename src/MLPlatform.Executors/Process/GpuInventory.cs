using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Usage;

namespace MLPlatform.Executors.Process;

/// <summary>Asks nvidia-smi once which GPUs there are; of those the server was given some of, these alone.</summary>
internal sealed partial class GpuInventory(ILogger<GpuInventory> log) : IGpuInventory
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public async Task<IReadOnlyList<MachineGpu>> FindAsync(CancellationToken cancel)
    {
        if (await AskAsync(cancel).ConfigureAwait(false) is not { } csv)
            return [];
        string[]? given = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return Given(NvidiaSmi.Devices(csv), given);
    }

    /// <summary>The devices that were given, by index or UUID; all where nothing was said.</summary>
    internal static IReadOnlyList<MachineGpu> Given(IEnumerable<GpuDevice> devices, IReadOnlyList<string>? given) =>
        [.. devices.Where(d => given is null || given.Contains($"{d.Index}") || given.Any(g => g.StartsWith("GPU-", StringComparison.Ordinal) && d.Uuid.StartsWith(g, StringComparison.Ordinal)))
            .Select(d => new MachineGpu(d.Index, d.Name, d.TotalBytes))];

    private async Task<string?> AskAsync(CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        ProcessStartInfo start = new(NvidiaSmi.Program, NvidiaSmi.AskDevices) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using System.Diagnostics.Process process = System.Diagnostics.Process.Start(start)!;
            try
            {
                Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
                string csv = await process.StandardOutput.ReadToEndAsync(limit.Token).ConfigureAwait(false);
                await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
                if (process.ExitCode == 0)
                    return csv;
                LogTellsNothing(log, NvidiaSmi.Program, $"it ended with exit code {process.ExitCode}: {(await errors.ConfigureAwait(false)).Trim()}");
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                process.Kill();
                LogTellsNothing(log, NvidiaSmi.Program, $"it did not answer within {Patience.TotalSeconds} s");
            }
        }
        catch (Win32Exception)
        {
            // No such program: a machine without GPUs.
        }
        return null;
    }

    [LoggerMessage(3101, LogLevel.Warning, "QUOTA-024 GPUs are not given out: {Program} tells nothing, since {Why}. Repair it and restart the server")]
    private static partial void LogTellsNothing(ILogger logger, string program, string why);
}
