using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

/// <summary>The built <c>mlp</c>, started as people start it, with a home folder of its own.</summary>
public sealed class Mlp : IDisposable
{
    private static readonly TimeSpan Deadline = Eventually.Patience;
    private readonly List<Process> _servers = [];

    public string Folder { get; } = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "mlp-cli-" + Guid.NewGuid().ToString("N"))).FullName;

    public string Home => Path.Combine(Folder, "home");

    /// <summary>Variables besides ours.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Writes a file into the working folder and returns its name.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(Path.Combine(Folder, name), text);
        return name;
    }

    public async Task<Outcome> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource deadline = new(Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"mlp {string.Join(' ', arguments)} did not end: {await output}{await error}");
        }
        return new Outcome(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a server and returns its address once it is ready.</summary>
    public async Task<string> ServeAsync(params string[] arguments)
    {
        Process process = Start(["serve", .. arguments.Contains("--address") ? (string[])[] : ["--address", "http://127.0.0.1:0"], .. arguments]);
        _servers.Add(process);
        return (await ReadLineAsync(" at http://127.0.0.1:")).Split(" at ")[1].Split(' ')[0];
    }

    /// <summary>Starts a command that goes on; it is ended with us.</summary>
    public Process Begin(params string[] arguments)
    {
        Process process = Start(arguments);
        _servers.Insert(0, process);
        return process;
    }

    /// <summary>The next line of the last server's output that holds the text; its log comes between.</summary>
    public async Task<string> ReadLineAsync(string holding)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (await _servers[^1].StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.Contains(holding, StringComparison.Ordinal))
                return line;
        }
        throw new InvalidOperationException($"mlp serve ended: {await _servers[^1].StandardError.ReadToEndAsync(deadline.Token)}");
    }

    /// <summary>Kills the last server as by SIGKILL; what it started lives on.</summary>
    public void Kill()
    {
        _servers[^1].Kill();
        _servers[^1].WaitForExit();
    }

    /// <summary>Asks the last server to stop and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Process server = _servers[^1];
        using (Process kill = Process.Start("kill", ["-TERM", $"{server.Id}"]))
            await kill.WaitForExitAsync();
        using CancellationTokenSource deadline = new(Deadline);
        await server.WaitForExitAsync(deadline.Token);
        return server.ExitCode;
    }

    public void Dispose()
    {
        foreach (Process server in _servers)
        {
            if (!server.HasExited)
                server.Kill();
            server.WaitForExit();
            server.Dispose();
        }
        Directory.Delete(Folder, recursive: true);
    }

    private Process Start(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "mlp"), arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MLP_HOME"] = Home;
        start.Environment.Remove("MLP_SERVER");
        start.Environment.Remove("MLP_TOKEN");
        foreach ((string name, string value) in Variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}

public sealed record Outcome(int Code, string Output, string Error)
{
    public JsonElement Json => JsonElement.Parse(Output);

    public void Is(int code) => Assert.True(Code == code, $"exit code {Code}, not {code}\n{Output}\n{Error}");

    /// <summary>Itself, once it is known that it went well.</summary>
    public Outcome Well()
    {
        Is(0);
        return this;
    }
}
