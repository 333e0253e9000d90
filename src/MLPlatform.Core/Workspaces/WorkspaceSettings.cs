namespace MLPlatform.Core.Workspaces;

/// <summary>What a workspace's sessions ask for and how long they may be idle.</summary>
public sealed record WorkspaceSettings
{
    /// <summary>The pool, or null for the default.</summary>
    public string? Pool { get; init; }

    /// <summary>Cores, as a Kubernetes quantity. Default: 1.</summary>
    public string Cpu { get; init; } = "1";

    /// <summary>Memory, as a Kubernetes quantity; null: no limit of its own.</summary>
    public string? Memory { get; init; }

    /// <summary>GPUs, as a Kubernetes quantity; null: none.</summary>
    public string? Gpu { get; init; }

    /// <summary>How long nothing may use a session before it is reclaimed. Default: one hour.</summary>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long before that its owner is told. Default: 10 minutes, at most half the limit.</summary>
    public TimeSpan WarnBefore { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Packages to install with pip into the workspace's own environment, as lines of a requirements file. Default: none.</summary>
    public IReadOnlyList<string> Requirements { get; init; } = [];
}
