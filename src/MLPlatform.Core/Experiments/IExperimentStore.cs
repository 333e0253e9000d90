namespace MLPlatform.Core.Experiments;

/// <summary>Experiments. Refusals are <see cref="TrackingException"/>s.</summary>
public interface IExperimentStore
{
    Task<Experiment> CreateAsync(string name, string? artifactLocation, IReadOnlyDictionary<string, string> tags, CancellationToken cancel);

    /// <summary>The experiment of a name, made if there is none.</summary>
    Task<Experiment> EnsureAsync(string name, CancellationToken cancel);

    Task<Experiment?> FindAsync(long id, CancellationToken cancel);

    Task<Experiment?> FindByNameAsync(string name, CancellationToken cancel);

    /// <summary>All, the newest change first.</summary>
    Task<IReadOnlyList<Experiment>> ListAsync(CancellationToken cancel);

    Task RenameAsync(long id, string name, CancellationToken cancel);

    /// <summary>Deletes or restores it, with all its runs.</summary>
    Task SetStageAsync(long id, Lifecycle stage, CancellationToken cancel);

    /// <param name="value">Null takes the tag away.</param>
    Task SetTagAsync(long id, string key, string? value, CancellationToken cancel);
}
