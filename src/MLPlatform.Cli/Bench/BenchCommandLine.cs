using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MLPlatform.Cli.Bench;

/// <summary>Starts this same command again, as people start it.</summary>
internal static class BenchCommandLine
{
    /// <param name="home">The home of the command, or null where it needs none.</param>
    /// <param name="cores">The cores that it is held to, or null.</param>
    public static Process Start(string? home, string? cores, IEnumerable<string> arguments)
    {
        string self = Environment.ProcessPath!;
        string[] command =
        [
            .. cores is null ? Array.Empty<string>() : ["taskset", "-c", cores],
            self, .. Path.GetFileNameWithoutExtension(self) == "dotnet" ? [typeof(BenchCommandLine).Assembly.Location] : Array.Empty<string>(), .. arguments,
        ];
        ProcessStartInfo start = new(command[0], command[1..]) { RedirectStandardOutput = true };
        start.Environment.Remove("MLP_SERVER");
        if (home is not null)
            start.Environment["MLP_HOME"] = home;
        return Process.Start(start)!;
    }

    /// <summary>Whether commands can be held to cores here.</summary>
    public static bool HasTaskset => Environment.ProcessorCount > 1 && File.Exists("/usr/bin/taskset");

    /// <summary>The most resident memory that a process had.</summary>
    public static double PeakMemoryMiB(int process)
    {
        string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : Math.Round(double.Parse(line.AsSpan(6, line.Length - 6 - 3), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024, 1);
    }

    /// <summary>Runnable processes of the whole machine, on average over the last minute: what else there was to do.</summary>
    public static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Ends the supervisor of a home, which outlives its commands on purpose.</summary>
    public static void EndSupervisor(string home)
    {
        string file = Path.Combine(home, "supervisor.json");
        if (!File.Exists(file))
            return;
        try
        {
            using Process supervisor = Process.GetProcessById(JsonElement.Parse(File.ReadAllText(file)).GetProperty("pid").GetInt32());
            supervisor.Kill(entireProcessTree: true);
            supervisor.WaitForExit();
        }
        catch (ArgumentException)
        {
            // It ended by itself.
        }
    }
}
