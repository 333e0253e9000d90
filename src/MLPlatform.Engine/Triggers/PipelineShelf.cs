using System.Collections.Concurrent;
using System.Text;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>The newest revision of a registered pipeline, compiled.</summary>
/// <param name="Compiled">Null where it does not compile with the activities there are.</param>
/// <param name="Problem">Why it does not compile, with its code, or null.</param>
internal sealed record ShelvedPipeline(PipelineRevision Revision, CompiledPipeline? Compiled, string? Problem)
{
    public string Id => Revision.Pipeline;

    /// <summary>Empty where it does not compile.</summary>
    public PipelineSchedule Schedule => Compiled?.File.Schedule ?? PipelineSchedule.Empty;

    /// <summary>The trigger claimed under a key, or null.</summary>
    public TriggerDefinition? Find(string key)
    {
        for (int i = 0; i < Schedule.Triggers.Count; i++)
            if (Schedule.KeyOf(Id, i) == key)
                return Schedule.Triggers[i];
        return null;
    }

    /// <summary>The triggers of one kind with the keys they are claimed under.</summary>
    public IEnumerable<(string Key, T Trigger)> Triggers<T>() where T : TriggerDefinition
    {
        for (int i = 0; i < Schedule.Triggers.Count; i++)
            if (Schedule.Triggers[i] is T trigger)
                yield return (Schedule.KeyOf(Id, i), trigger);
    }
}

/// <summary>Registered pipelines, each compiled once for each revision.</summary>
internal sealed class PipelineShelf(IPipelineStore store, ActivityCatalog catalog)
{
    private readonly ConcurrentDictionary<string, (string Hash, CompiledPipeline? Compiled, string? Problem)> _compiled = new(StringComparer.Ordinal);

    public async Task<IReadOnlyList<ShelvedPipeline>> ListAsync(CancellationToken cancel) =>
        [.. (await store.ListAsync(cancel).ConfigureAwait(false)).Select(Shelve)];

    public async Task<ShelvedPipeline?> FindAsync(string pipeline, CancellationToken cancel) =>
        await store.FindAsync(pipeline, cancel).ConfigureAwait(false) is { } revision ? Shelve(revision) : null;

    /// <summary>
    /// Since when a trigger stands in the pipeline as it does now: the oldest revision in a row that holds it,
    /// as far back as <paramref name="bound"/>.
    /// </summary>
    public async Task<DateTimeOffset> SinceAsync(
        ShelvedPipeline pipeline, string key, Func<TriggerDefinition?, bool> isSame, DateTimeOffset bound, CancellationToken cancel)
    {
        DateTimeOffset since = pipeline.Revision.AppliedAt;
        foreach (PipelineRevision older in await store.ListRevisionsAsync(pipeline.Id, cancel).ConfigureAwait(false))
        {
            if (since <= bound || !isSame(Compile(older).Find(key)))
                break;
            since = older.AppliedAt < since ? older.AppliedAt : since;
        }
        return since > bound ? since : bound;
    }

    private ShelvedPipeline Shelve(PipelineRevision revision)
    {
        if (!_compiled.TryGetValue(revision.Pipeline, out var known) || known.Hash != revision.Hash)
        {
            ShelvedPipeline compiled = Compile(revision);
            known = (revision.Hash, compiled.Compiled, compiled.Problem);
            _compiled[revision.Pipeline] = known;
        }
        return new(revision, known.Compiled, known.Problem);
    }

    private ShelvedPipeline Compile(PipelineRevision revision)
    {
        CompileResult result = PipelineCompiler.Compile(Encoding.UTF8.GetBytes(revision.FileJson), revision.Pipeline + ".json", catalog);
        return new(revision, result.Pipeline, result.Pipeline is null ? Describe(result.Diagnostics) : null);
    }

    private static string Describe(IReadOnlyList<Diagnostic> diagnostics) =>
        $"TRIG-023: the registered pipeline does not compile: {TriggeredPlan.Errors(diagnostics)}";
}
