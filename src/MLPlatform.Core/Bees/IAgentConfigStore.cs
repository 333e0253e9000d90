using System.Text.Json;

namespace MLPlatform.Core.Bees;

/// <summary>What agents are to collect, every version of it.</summary>
public interface IAgentConfigStore
{
    /// <summary>Adds a version; content that is the latest already stays that version.</summary>
    Task<AgentConfigRow> PutAsync(string agent, string json, string by, CancellationToken cancel);

    /// <summary>A version, or the latest; null where there is none.</summary>
    Task<AgentConfigRow?> FindAsync(string agent, int? version, CancellationToken cancel);

    /// <summary>The latest of each agent, by name.</summary>
    Task<IReadOnlyList<AgentConfigRow>> ListAsync(CancellationToken cancel);
}

/// <param name="Version">From 1 on, for each agent.</param>
public sealed record AgentConfigRow(string Agent, int Version, string Json, string By, DateTimeOffset At);

/// <summary>A version of what an agent is to collect, as the server tells it.</summary>
public sealed record AgentConfigView(string Agent, int Version, string By, DateTimeOffset At, JsonElement Config);
