namespace MLPlatform.Server.Hosting;

/// <summary>What the caller of <see cref="PlatformHost.Build"/> decides; all else comes from configuration.</summary>
public sealed record HostSettings
{
    /// <summary>The absolute home folder; it exists and its lock is held by the caller.</summary>
    public required string Home { get; init; }

    /// <summary>The address to listen on instead of the configured one; port 0 takes a free one.</summary>
    public string? Address { get; init; }

    /// <summary>
    /// Lives only as long as one command: no <c>server.json</c>, no triggers, quiet logs.
    /// </summary>
    public bool Embedded { get; init; }

    /// <summary>Whether it carries unfinished runs on; else it only answers. Default: true.</summary>
    public bool CarriesRunsOn { get; init; } = true;

    /// <summary>Settings in the form <c>Section:Name=value</c> that win over files and environment.</summary>
    public IReadOnlyDictionary<string, string?> Overrides { get; init; } = new Dictionary<string, string?>();
}
