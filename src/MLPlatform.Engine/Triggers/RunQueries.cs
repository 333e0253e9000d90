using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>What triggers ask of the runs there are.</summary>
internal static class RunQueries
{
    private const int PageSize = 500;
    private static readonly RunStatus[] Active = [RunStatus.Running, RunStatus.Paused, RunStatus.Cancelling];

    /// <summary>All runs that pass the filter.</summary>
    public static async IAsyncEnumerable<RunRow> AllAsync(
        this IRunStore store, RunFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        string? cursor = null;
        do
        {
            Page<RunRow> page = await store.ListRunsAsync(filter, cursor, PageSize, cancel).ConfigureAwait(false);
            foreach (RunRow run in page.Items)
                yield return run;
            cursor = page.Next;
        }
        while (cursor is not null);
    }

    /// <summary>Active runs of a pipeline: those of the schedule and by hand, and those of each backfill.</summary>
    public static async Task<(int Runs, Dictionary<string, int> Backfills)> CountActiveAsync(
        this IRunStore store, string pipeline, CancellationToken cancel)
    {
        int runs = 0;
        Dictionary<string, int> backfills = new(StringComparer.Ordinal);
        foreach (RunStatus status in Active)
            await foreach (RunRow run in store.AllAsync(new RunFilter(pipeline, status), cancel).ConfigureAwait(false))
                if (TriggerFacts.BackfillOf(run.TriggerJson) is { } backfill)
                    backfills[backfill.Id] = backfills.GetValueOrDefault(backfill.Id) + 1;
                else
                    runs++;
        return (runs, backfills);
    }

    /// <summary>Whether a run of the pipeline has succeeded whose logical date lies in the window.</summary>
    public static async Task<bool> HasSucceededAsync(this IRunStore store, string pipeline, DependencyWindow window, CancellationToken cancel)
    {
        RunFilter filter = new(pipeline, RunStatus.Succeeded, LogicalFrom: window.From, LogicalBefore: window.Before);
        return (await store.ListRunsAsync(filter, null, 1, cancel).ConfigureAwait(false)).Items.Count > 0;
    }
}
