using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Bees.Agents;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A record as it arrived in the folder.</summary>
internal sealed record Arrived(string Channel, long Offset, string Text);

/// <summary>A host with log files, an agent on it, and a folder where records arrive. Time stands still until it is moved.</summary>
internal sealed class AgentWorld : IAsyncDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-bees-").FullName;
    private BeesAgent? _agent;

    public AgentWorld(Func<SourceSettings, SourceSettings>? source = null)
    {
        Directory.CreateDirectory(Logs);
        SourceSettings settings = new() { Name = "app", Paths = [Path.Combine(Logs, "*.log*")] };
        Settings = new AgentSettings
        {
            Agent = "host-1",
            Checkpoint = Path.Combine(_home, "state", "checkpoint.json"),
            Sources = [source?.Invoke(settings) ?? settings],
            Sink = new FolderSinkSettings { Folder = Out },
        };
    }

    public AgentSettings Settings { get; set; }

    public string Logs => Path.Combine(_home, "logs");

    public string Out => Path.Combine(_home, "out");

    public string CheckpointPath => Settings.Checkpoint;

    // The file system's clock cannot be moved; a day behind it, an agent trusts its own.
    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1));

    public List<AgentNotice> Notices { get; } = [];

    /// <summary>Wraps the sink, to make it fail.</summary>
    public Func<ISink, ISink> Around { get; set; } = sink => sink;

    public BeesAgent Agent => _agent ??= new BeesAgent(Settings, Around(SinkFactory.Open(Settings)), Time, Notices.Add);

    public string At(string name) => Path.Combine(Logs, name);

    public void Append(string name, string text) => Append(name, Encoding.UTF8.GetBytes(text));

    public void Append(string name, byte[] bytes)
    {
        using FileStream file = new(At(name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.Write(bytes);
    }

    /// <summary>What logrotate's copytruncate does.</summary>
    public void CopyTruncate(string name, string copy)
    {
        File.Copy(At(name), At(copy));
        using FileStream file = new(At(name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(0);
    }

    /// <summary>Lets the agent look and deliver until it has nothing to do.</summary>
    public async Task DeliverAsync()
    {
        do
            Agent.Notice();
        while ((await Agent.CycleAsync(hurry: true, TestContext.Current.CancellationToken)).Busy);
    }

    /// <summary>Time goes by without anything happening, and the agent sees it.</summary>
    public async Task PassAsync(double seconds)
    {
        Time.Advance(TimeSpan.FromSeconds(seconds));
        await DeliverAsync();
    }

    /// <summary>The agent is gone without a word, and another one starts.</summary>
    public async Task CrashAsync()
    {
        if (_agent is { } agent)
            await agent.DisposeAsync(); // Closes files, and notes nothing.
        _agent = null;
    }

    public async Task StopAsync()
    {
        Agent.Save();
        await CrashAsync();
    }

    /// <summary>Everything that arrived, in the order of channels and positions.</summary>
    public IReadOnlyList<Arrived> All()
    {
        string folder = Path.Combine(Out, "app");
        if (!Directory.Exists(folder))
            return [];
        return [.. Directory.EnumerateFiles(folder, "*.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .SelectMany(file => File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement)
                .Select(r => new Arrived(Path.GetFileName(Path.GetDirectoryName(file)!), r.GetProperty("offset").GetInt64(), r.GetProperty("text").GetString()!)))];
    }

    public IReadOnlyList<string> Texts() => [.. All().Select(r => r.Text)];

    public async ValueTask DisposeAsync()
    {
        await CrashAsync();
        Directory.Delete(_home, recursive: true);
    }
}
