namespace MLPlatform.Bees.Agents;

/// <summary>What keeps an agent from working until a person does something.</summary>
/// <param name="code">A code from docs/diagnostics/bees.md.</param>
public sealed class AgentException(string code, string message, string hint) : Exception(message)
{
    public string Code { get; } = code;

    public string Hint { get; } = hint;
}
