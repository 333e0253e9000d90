using Microsoft.Extensions.Configuration;

namespace MLPlatform.Engine.Triggers;

/// <summary>
/// Secrets by name, from the configuration section <c>Secrets</c> (as an environment variable: <c>Secrets__github</c>).
/// Pipeline files hold names only.
/// </summary>
internal sealed class TriggerSecrets(IConfiguration configuration)
{
    public string? Find(string name) => configuration["Secrets:" + name] is { Length: > 0 } secret ? secret : null;
}
