using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Samples;

/// <summary>The command <c>mlp</c> as built beside the tests, on a home of its own: engine, supervisor and workers are the real ones.</summary>
internal sealed class MlpCommandLine : IDisposable
{
    public string Home { get; } = Directory.CreateTempSubdirectory("mlp-home-").FullName;

    /// <summary>Settings for the commands that follow.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Runs a pipeline to its end and gives the run as <c>--json</c> prints it.</summary>
    public async Task<JsonElement> RunAsync(string file, params string[] parameters)
    {
        (int status, string output, string error) = await CallAsync(
            ["run", Path.Combine(Repository.Root, file), .. parameters.SelectMany(p => new[] { "-p", p }), "--json"]);
        Assert.True(status == 0, $"mlp run {file} ended with status {status}: {error}\n{output}");
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    public async Task<(int Status, string Output, string Error)> CallAsync(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "mlp.dll");
        ProcessStartInfo start = new("dotnet", [program, .. arguments])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MLP_HOME"] = Home;
        start.Environment.Remove("MLP_SERVER");
        foreach ((string name, string value) in Environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    public void Dispose()
    {
        StopSupervisor();
        Directory.Delete(Home, recursive: true);
    }

    /// <summary>The supervisor outlives the command on purpose; the tests' own is stopped by its id.</summary>
    private void StopSupervisor()
    {
        string file = Path.Combine(Home, "supervisor.json");
        if (!File.Exists(file))
            return;
        int pid = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file)).GetProperty("pid").GetInt32();
        try
        {
            using Process supervisor = Process.GetProcessById(pid);
            supervisor.Kill(entireProcessTree: true);
            supervisor.WaitForExit();
        }
        catch (ArgumentException)
        {
            // It has gone already: it leaves when it has been idle.
        }
    }
}
