namespace MLPlatform.Core.Experiments;

/// <summary>Tracked runs, their metrics and files. Refusals are <see cref="TrackingException"/>s.</summary>
public interface ITrackedRunStore
{
    Task<TrackedRun> CreateAsync(NewTrackedRun run, CancellationToken cancel);

    /// <summary>The run, its metrics included; an attempt that nobody logged to yet has one, too.</summary>
    Task<TrackedRun?> FindAsync(string id, CancellationToken cancel);

    /// <summary>The runs of experiments, in no order; attempts of the pipeline of the same name included.</summary>
    Task<IReadOnlyList<TrackedRun>> ListAsync(IReadOnlyCollection<long> experiments, LifecycleView view, CancellationToken cancel);

    /// <summary>Logs all of it or nothing. Logging the same again changes nothing.</summary>
    Task LogAsync(string id, TrackedBatch batch, CancellationToken cancel);

    Task<TrackedRun> UpdateAsync(string id, TrackedChange change, CancellationToken cancel);

    Task SetStageAsync(string id, Lifecycle stage, CancellationToken cancel);

    /// <summary>Adds to the datasets and models that the run read or made.</summary>
    /// <param name="add">The JSON kept so far, or null, gives the JSON to keep.</param>
    Task ChangeInputsAsync(string id, bool outputs, Func<string?, string> add, CancellationToken cancel);

    /// <summary>Points of a metric in order of time, step and value.</summary>
    Task<IReadOnlyList<MetricValue>> HistoryAsync(string id, string metric, int skip, int limit, CancellationToken cancel);

    /// <summary>Remembers a file; one of the same path is replaced.</summary>
    Task PutFileAsync(TrackedFile file, CancellationToken cancel);

    Task<TrackedFile?> FindFileAsync(string path, CancellationToken cancel);

    /// <summary>Files whose path begins with the folder's; all for an empty one.</summary>
    Task<IReadOnlyList<TrackedFile>> ListFilesAsync(string folder, CancellationToken cancel);

    /// <summary>Forgets the file of this path, or all files below it; how many there were.</summary>
    Task<int> RemoveFilesAsync(string path, CancellationToken cancel);
}
