using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>Core decides and touches nothing: no file, socket, process, environment or wall clock, and no framework.</summary>
public class CorePurityTests
{
    private static readonly string[] Packages = ["Jint", "Acornima", "Cronos"];

    private static readonly string[] Types =
    [
        "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.DriveInfo",
        "System.IO.FileSystemInfo", "System.IO.FileSystemWatcher", "System.IO.RandomAccess", "System.Console", "System.Diagnostics.Process",
        "System.Diagnostics.Stopwatch", "System.Threading.Thread", "System.Threading.Timer", "System.Threading.PeriodicTimer",
    ];

    private static readonly string[] Namespaces =
        ["System.Net.", "System.IO.Pipes.", "System.IO.MemoryMappedFiles.", "System.Data.", "Microsoft.EntityFrameworkCore.", "Microsoft.AspNetCore.", "Microsoft.Extensions.", "k8s."];

    private static readonly string[] Members =
    [
        "System.DateTime.get_Now", "System.DateTime.get_UtcNow", "System.DateTime.get_Today", "System.DateTimeOffset.get_Now",
        "System.DateTimeOffset.get_UtcNow", "System.TimeProvider.get_System", "System.Environment.GetEnvironmentVariable",
        "System.Environment.get_TickCount", "System.Environment.get_TickCount64", "System.Environment.get_CurrentDirectory",
        "System.Environment.get_MachineName", "System.Guid.NewGuid", "System.Random.get_Shared", "System.IO.Path.GetTempPath",
    ];

    [Fact]
    public void Core_uses_no_file_socket_process_environment_or_wall_clock()
    {
        using CompiledAssembly core = CompiledAssembly.Open("MLPlatform.Core");
        Assert.Equal([], core.Types.Intersect(Types));
        Assert.Equal([], core.Types.Where(t => Namespaces.Any(n => t.StartsWith(n, StringComparison.Ordinal))));
        Assert.Equal([], core.Members.Intersect(Members));
    }

    [Fact]
    public void Core_knows_the_base_library_the_sandbox_and_the_cron_parser_alone()
    {
        using CompiledAssembly core = CompiledAssembly.Open("MLPlatform.Core");
        Assert.Equal([], core.Assemblies.Where(a => !a.StartsWith("System.", StringComparison.Ordinal)).Except(Packages));
    }

    // The scan itself can see: the command line does read files.
    [Fact]
    public void The_scan_finds_what_it_looks_for()
    {
        using CompiledAssembly cli = CompiledAssembly.Open("mlp");
        Assert.Contains("System.IO.File", cli.Types);
        Assert.Contains("System.TimeProvider.get_System", CompiledAssembly.Open("MLPlatform.Engine").Members);
    }
}
