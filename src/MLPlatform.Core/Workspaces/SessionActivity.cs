namespace MLPlatform.Core.Workspaces;

/// <summary>A kernel as the notebook server tells of it.</summary>
/// <param name="Busy">Whether it runs a cell; one that waits for a person's input does, too.</param>
public sealed record SeenKernel(string Name, bool Busy, DateTimeOffset LastActivity, int Connections);

/// <summary>What one look at a session saw.</summary>
/// <param name="Terminals">When each was last written to or printed something.</param>
/// <param name="Cores">Cores kept busy since the look before by all of the session's processes; null where that is not known.</param>
/// <param name="Gpu">How busy the busiest of its GPUs is, from 0 to 1; null where it has none.</param>
/// <param name="Traffic">When a person last did something through the platform's address; null where nobody has since the server started.</param>
/// <param name="Connections">Open connections through the platform's address.</param>
public sealed record SessionActivity(
    IReadOnlyList<SeenKernel> Kernels, IReadOnlyList<DateTimeOffset> Terminals, double? Cores, double? Gpu, DateTimeOffset? Traffic, int Connections);
