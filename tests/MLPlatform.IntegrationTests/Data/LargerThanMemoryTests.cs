using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

public sealed class LargerThanMemoryTests
{
    /// <summary>
    /// The benchmark of 5 GiB under 1 GiB, smaller: the runtime and the native libraries take some 110 MiB for a file of
    /// 1 MiB, so that less would prove little more; with 192 the aggregate came to between 179 and 196. Each step is a process of its own, proves its result, and
    /// fails where the kernel counted more resident memory than the limit.
    /// </summary>
    [Fact]
    public async Task A_file_of_five_times_the_memory_is_imported_checked_aggregated_and_exported()
    {
        string program = Path.Combine(Repository.Root, "tests/MLPlatform.Benchmarks/bin/Debug/net10.0/MLPlatform.Benchmarks.dll");
        Assert.SkipUnless(File.Exists(program), "the benchmarks are not built");
        ProcessStartInfo start = new("dotnet", [program, "plane", "--mib", "1120", "--memory-mib", "224", "--words", "14"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(process.ExitCode == 0, errors);
        JsonElement results = JsonElement.Parse(await output).GetProperty("results");
        Assert.Equal(["import", "check", "aggregate", "export"], results.EnumerateArray().Select(r => r.GetProperty("step").GetString()));
        Assert.All(results.EnumerateArray(), r => Assert.InRange(r.GetProperty("peakMemoryMiB").GetInt32(), 1, 224));
    }
}
