namespace MLPlatform.Executors.Process;

/// <summary>Finds the worker program and how to start it.</summary>
internal static class WorkerProgram
{
    private const string Name = "MLPlatform.Worker";

    /// <summary>The assembly of the worker program.</summary>
    /// <exception cref="FileNotFoundException">It is nowhere.</exception>
    public static string Find(string? configured)
    {
        if (configured is not null)
        {
            string file = configured.EndsWith(".dll", StringComparison.Ordinal) ? configured : configured + ".dll";
            return File.Exists(file)
                ? Path.GetFullPath(file)
                : throw new FileNotFoundException($"ProcessExecutor:WorkerPath names '{configured}', but there is no '{file}'");
        }
        string here = AppContext.BaseDirectory;
        foreach (string candidate in Candidates(here))
        {
            if (File.Exists(candidate) && File.Exists(Path.ChangeExtension(candidate, ".runtimeconfig.json")))
                return candidate;
        }
        throw new FileNotFoundException(
            $"{Name}.dll was found neither in {here} nor in its folder 'worker'; set ProcessExecutor:WorkerPath to where it is");
    }

    /// <summary>The <c>dotnet</c> host, which runs the assembly.</summary>
    /// <exception cref="FileNotFoundException">It is nowhere.</exception>
    public static string FindHost()
    {
        string?[] folders =
        [
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            Path.GetDirectoryName(Environment.ProcessPath),
            // The runtime we run on: ROOT/shared/Microsoft.NETCore.App/VERSION/.
            Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../..")),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'),
        ];
        return folders.Where(f => !string.IsNullOrEmpty(f)).Select(f => Path.Combine(f!, "dotnet")).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException("the dotnet host was not found; set DOTNET_ROOT to its folder");
    }

    private static IEnumerable<string> Candidates(string here)
    {
        yield return Path.Combine(here, Name + ".dll");
        yield return Path.Combine(here, "worker", Name + ".dll");
        // In development: the same configuration's output in the repository around us.
        string[] tail = Path.TrimEndingDirectorySeparator(here).Split(Path.DirectorySeparatorChar);
        if (tail.Length < 2)
            yield break;
        for (string? folder = here; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string output = Path.Combine(folder, "src", Name, "bin");
            if (Directory.Exists(output))
                yield return Path.Combine(output, tail[^2], tail[^1], Name + ".dll");
        }
    }
}
