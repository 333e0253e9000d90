using System.Net;
using System.Text.Json;
using MLPlatform.Bees.Hosts;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Bees.Agents;

/// <summary>
/// What the server says is collected. It is asked for now and then, beside the work; what is wrong, or leads out of the folders that
/// this host allows, is told and not done. The last good one is kept beside the checkpoint, for starts without the server.
/// </summary>
internal sealed class ManagedConfig(AgentSettings settings, PlatformClient platform, TimeProvider time, Action<AgentNotice> tell) : IAsyncDisposable
{
    private readonly string _kept = settings.Checkpoint + ".config";
    private readonly Problems _problems = new(time, tell);
    private DateTimeOffset? _asked;
    private Task _asking = Task.CompletedTask;
    private volatile AgentConfigView? _next;
    private volatile string? _unheard;
    private volatile string? _refusal;
    private int _refused;

    /// <summary>The version that the agent works by.</summary>
    public int? Version { get; private set; }

    /// <summary>Why it does not work by a later one.</summary>
    public string? Problem => _refusal ?? _unheard;

    /// <summary>What to begin with: what the server says, or what it said last.</summary>
    public async Task<AgentSettings> StartAsync(CancellationToken cancel)
    {
        _asked = time.GetUtcNow();
        await AskAsync(cancel);
        if (Take() is { } fresh)
            return fresh;
        if (!File.Exists(_kept))
            return settings;
        _next = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(_kept, cancel), BeesJson.Default.AgentConfigView);
        return Take() ?? settings;
    }

    /// <summary>Asks, if it is time.</summary>
    public void Ask(CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _asked < settings.Managed!.Every || !_asking.IsCompleted)
            return;
        _asked = now;
        _asking = AskAsync(cancel);
    }

    /// <summary>The settings to go on with, where the server says something new that can be done; else null.</summary>
    public AgentSettings? Take()
    {
        if (Interlocked.Exchange(ref _next, null) is not { } next || next.Version == Version || next.Version == _refused)
            return null;
        (AgentConfig? config, IReadOnlyList<Diagnostic> problems) = AgentConfig.Read(JsonSerializer.SerializeToUtf8Bytes(next.Config, BeesJson.Default.JsonElement), settings.Agent);
        string? wrong = config is null ? string.Join("; ", problems.Select(p => p.Message))
            : config.Outside(settings.Managed!.Roots) is { } path ? $"\"{path}\" leads out of the folders that this host allows" : null;
        if (wrong is not null)
        {
            _refused = next.Version;
            _refusal = $"BEES-017 version {next.Version} of what is to be collected is not done: {wrong}";
            _problems.Clear("BEES-017", settings.Agent); // Another one may have been refused before.
            _problems.Raise("BEES-017", settings.Agent, _refusal[9..]);
            return null;
        }
        Keep(next);
        Version = next.Version;
        if (next.Version > _refused) // At a start, what was kept may be older than what is refused.
        {
            _refusal = null;
            _problems.Clear("BEES-017", settings.Agent);
        }
        double? most = (double?)config!.BytesPerSecond?.Value, own = (double?)settings.Limits.BytesPerSecond?.Value;
        return settings with
        {
            Sources = config.Sources,
            Limits = settings.Limits with { BytesPerSecond = most < own || own is null ? config.BytesPerSecond : settings.Limits.BytesPerSecond },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _asking;
        platform.Dispose();
    }

    private async Task AskAsync(CancellationToken cancel)
    {
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Get, $"api/v1/bees/configs/{settings.Agent}");
            using HttpResponseMessage response = await platform.SendAsync(request, cancel);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                Unheard($"{platform.Address} does not say what '{settings.Agent}' is to collect");
                return;
            }
            _next = await platform.ReadAsync(response, BeesJson.Default.AgentConfigView, cancel);
            _unheard = null;
            _problems.Clear("BEES-017", platform.Address);
        }
        catch (SinkException e)
        {
            Unheard($"the server was not asked what to collect: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            // The agent stops.
        }
    }

    private void Unheard(string why)
    {
        _unheard = "BEES-017 " + why;
        _problems.Raise("BEES-017", platform.Address, why);
    }

    private void Keep(AgentConfigView config)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_kept)!);
            DurableFile.Replace(_kept, stream => JsonSerializer.Serialize(stream, config, BeesJson.Default.AgentConfigView));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _problems.Raise("BEES-020", _kept, $"what the server says cannot be kept, so that a start without the server goes on with what it said before: {e.Message}");
        }
    }
}
