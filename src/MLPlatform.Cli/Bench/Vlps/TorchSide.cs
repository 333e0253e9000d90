using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>Runs the torch script on data that lies in a folder.</summary>
internal sealed partial class TorchSide(VlpsBenchRequest request, string data)
{
    private const string Modules = "numpy, sklearn, torch";

    // Debian's torch runs with the reference BLAS where nothing better is installed, at a tenth of its speed.
    private const string Probe = $"""
        import sys, {Modules}
        maps = open('/proc/self/maps').read()
        sys.exit(None if any(name in maps for name in ('openblas', 'mkl', 'blis')) else 'torch has no fast BLAS, which would make it look slow: install libopenblas0-pthread')
        """;

    /// <summary>What keeps the script from running as it should, or null: better known before the minutes that a run takes than after them.</summary>
    public static string? Lack(string python)
    {
        ProcessStartInfo start = new(python, ["-c", Probe]) { RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            string[] told = process.StandardError.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{python} does not have what the torch script needs ({Modules} and a fast BLAS): {told.LastOrDefault()}";
        }
        catch (Win32Exception e)
        {
            return $"{python} did not start: {e.Message}";
        }
    }

    /// <summary>One epoch, in a process of its own.</summary>
    public async Task<TorchRun> RunAsync(double rate, CancellationToken cancel)
    {
        string script = Path.Combine(request.Torch!, "base_torch.py");
        ProcessStartInfo start = new(request.Python) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[] { script, request.Model, "0", Text(request.TorchBatch), Text(rate) })
            start.ArgumentList.Add(argument);
        start.Environment["VLPS_DATA"] = data;
        start.Environment["OMP_NUM_THREADS"] = Text(request.Threads);
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{request.Python} did not start");
        Task<string> errors = process.StandardError.ReadToEndAsync(cancel);
        string output = await process.StandardOutput.ReadToEndAsync(cancel);
        await process.WaitForExitAsync(cancel);
        Match told = Line().Match(output);
        if (process.ExitCode != 0 || !told.Success)
            throw new InvalidOperationException($"the torch script ended with {process.ExitCode}: {(await errors).Trim()}");
        return new TorchRun(told.Groups[1].Value, Number(told.Groups[2].Value), Number(told.Groups[3].Value));
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"torch (\S+) .* samples/s=(\d+) AUC=([\d.]+)")]
    private static partial Regex Line();
}

/// <summary>What one run of the script told.</summary>
internal sealed record TorchRun(string Version, double SamplesPerSecond, double Auc);
