using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Runs;

/// <summary>The activities of a run, those that nothing happened to yet included.</summary>
internal static class RunNodes
{
    public static async Task<IReadOnlyList<ActivityRow>> ListAsync(IRunStore store, RunRow run, CancellationToken cancel) =>
        (await store.ListActivitiesAsync(run.Id, cancel)).OrderBy(a => a.Node).ToList();

    /// <summary>The number of the activity, or null if the run has none of that name.</summary>
    public static async Task<int?> FindAsync(IRunStore store, RunId run, string name, CancellationToken cancel) =>
        (await store.ListActivitiesAsync(run, cancel)).FirstOrDefault(a => a.Name == name)?.Node;
}
