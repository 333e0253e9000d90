namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>The pools that are declared now.</summary>
public interface IPools
{
    /// <summary>As the resources file that holds has them; where none was applied, all machines are one pool.</summary>
    ValueTask<ResourcesFile?> FileAsync(CancellationToken cancel);
}
