using System.CommandLine;

namespace MLPlatform.Cli.Simulate;

/// <summary><c>mlp simulate</c>: decisions of the scheduler on recorded work, without a server.</summary>
internal static class SimulateCommand
{
    public static Command Create() => new("simulate", "Try policies of the scheduler on recorded work: where it is placed, and when it starts.")
    {
        PlacementCommand.Create(),
        QueueCommand.Create("philly", "Jobs of a trace like Microsoft's Philly (timestamp, duration, num_gpus) wait for GPUs.", 448, 8, QueueTraces.Philly, clusters: true),
        QueueCommand.Create("swf", "Jobs of a trace in the Standard Workload Format wait for processors.", null, 1, (path, _) => QueueTraces.Swf(path), clusters: false),
    };

    /// <summary>The policies asked for, in that order; all where none is.</summary>
    public static IReadOnlyList<string> Policies(string[]? asked, IEnumerable<string> known)
    {
        string[] names = [.. known];
        if (asked is null or [])
            return names;
        return asked.FirstOrDefault(a => !names.Contains(a)) is { } unknown
            ? throw CliException.Usage("SIM-005", $"There is no policy '{Print.Harmless(unknown)}'.", $"There are {string.Join(", ", names)}.")
            : asked;
    }

    public static async Task WriteAsync(FileInfo? file, Func<string> page, CancellationToken cancel)
    {
        if (file is null)
            return;
        try
        {
            await File.WriteAllTextAsync(file.FullName, page(), cancel);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("CLI-048", $"The page cannot be written to '{file}': {problem.Message}", "Name a file in a folder that is there.");
        }
        Console.Error.WriteLine(Print.Path(file.FullName));
    }

    public static Option<string[]> PolicyOption() => new("--policy") { Description = "A policy; may be repeated. Default: all.", HelpName = "NAME" };

    public static Option<FileInfo?> HtmlOption() => new("--html") { Description = "Write one page with plots that needs no other.", HelpName = "FILE" };
}
