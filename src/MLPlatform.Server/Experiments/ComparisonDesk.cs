using System.Text.Json;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Comparison;
using MLPlatform.Core.Experiments.Search;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Server.Experiments;

/// <summary>Reads what a comparison needs; what it says is decided in Core.</summary>
internal sealed class ComparisonDesk(IExperimentStore experiments, ITrackedRunStore store, TrackedFiles files, ILineageStore lineage, ISweepStore sweeps)
{
    private const int MostCurveRuns = 20, PointsPerCurve = 200;

    public async Task<ComparisonView> CompareAsync(ComparisonRequest request, CancellationToken cancel)
    {
        Sweep? sweep = request.Sweep is { } wanted ? await sweeps.FindAsync(new SweepId(wanted), cancel) ?? throw NoSweep(wanted) : null;
        GoalView[] goals = request.Goals is null or [] && sweep is not null ? [GoalView.Of(sweep.Settings.Objective)] : [.. (request.Goals ?? []).Select(GoalView.Parse)];
        // 1. See: all runs that are meant, in order.
        IReadOnlyList<TrackedRun> all = await FindAsync(request, sweep, goals, cancel);
        if (all.Count > 0 && goals.FirstOrDefault(g => all.All(run => run.Metric(g.Metric) is null)) is { } unknown)
            throw new TrackingException(TrackingRefusal.Invalid, "TRACK-016", $"None of the runs has the metric '{unknown.Metric}', which is a goal. Write goals like auc:max or loss:min.");
        List<TrackedRun> shown = [.. all.Take(request.Show)];
        // 2. Decide.
        RunComparison compared = RunComparison.Of(all);
        IReadOnlyList<int> front = goals.Length == 0 ? [] : ParetoFront.Of([.. all.Select(run => goals.Select(g => run.Metric(g.Metric)).ToArray())], [.. goals.Select(g => g.Maximize)]);
        Importance importance = goals.Length == 0 ? new([], null) : ParameterImportance.Of(all, goals[0].Metric);
        // 3. Tell: values of those shown, figures of all.
        return new ComparisonView(
            all.Count, [.. shown.Select(TrackedRunView.From)],
            [.. compared.Parameters.Select(p => new ComparedTextView(p.Name, p.Differs, p.Distinct, [.. p.Values.Take(shown.Count)]))],
            [.. compared.Metrics.Select(m => new ComparedMetricView(m.Name, m.Differs, m.Present, m.Min, m.Mean, m.Max, [.. m.Values.Take(shown.Count)]))],
            Texts(shown, await SourcesAsync(shown, cancel)), Texts(shown, await ArtifactsAsync(shown, cancel)),
            await CurvesAsync(request.Curves ?? [.. goals.Select(g => g.Metric)], shown, cancel), goals,
            [.. front.Take(100).Select(i => TrackedRunView.From(all[i]))], importance.Shares, importance.WhyNone);
    }

    private async Task<IReadOnlyList<TrackedRun>> FindAsync(ComparisonRequest request, Sweep? sweep, GoalView[] goals, CancellationToken cancel)
    {
        List<TrackedRun> all = [];
        foreach (string id in request.Runs ?? [])
            all.Add(await store.FindAsync(id, cancel) ?? throw TrackingException.NoRun(id));
        List<long> ids = [];
        foreach (string experiment in request.Experiments ?? [])
            ids.Add((await FindExperimentAsync(experiment, cancel)).Id);
        if (ids.Count > 0)
            all.AddRange(await store.ListAsync(ids, LifecycleView.Active, cancel));
        if (sweep is not null)
        {
            Experiment experiment = await FindExperimentAsync(sweep.Pipeline, cancel);
            all.AddRange(TrialsToCompare.Of(sweep.Settings.Objective, await sweeps.ListTrialsAsync(sweep.Id, cancel), await store.ListAsync([experiment.Id], LifecycleView.Active, cancel)));
        }
        IReadOnlyList<string> orders = request.OrderBy ?? [.. goals.Select(g => $"metrics.`{g.Metric}` {(g.Maximize ? "DESC" : "ASC")}")];
        bool asGiven = orders.Count == 0 && ids.Count == 0 && sweep is null && string.IsNullOrWhiteSpace(request.Filter);
        return asGiven ? all : RunSearch.Select(all.DistinctBy(r => r.Id), request.Filter, orders);
    }

    public async Task<Experiment> FindExperimentAsync(string nameOrId, CancellationToken cancel) =>
        await experiments.FindByNameAsync(nameOrId, cancel)
        ?? (long.TryParse(nameOrId, System.Globalization.CultureInfo.InvariantCulture, out long id) ? await experiments.FindAsync(id, cancel) : null)
        // A slash in an address stays as it was written.
        ?? (nameOrId.Contains("%2F", StringComparison.OrdinalIgnoreCase) ? await experiments.FindByNameAsync(nameOrId.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase), cancel) : null)
        ?? throw TrackingException.NoExperiment($"'{nameOrId}'");

    private static List<ComparedTextView> Texts(List<TrackedRun> runs, IReadOnlyList<Dictionary<string, string>> texts) => runs.Count == 0 ? []
        : [.. RunComparison.Texts(texts, t => t).Select(t => new ComparedTextView(t.Name, t.Differs, t.Distinct, t.Values))];

    private async Task<IReadOnlyList<Dictionary<string, string>>> SourcesAsync(List<TrackedRun> runs, CancellationToken cancel)
    {
        ILookup<AttemptId, ArtifactUseRow> uses = (await lineage.InputsOfAsync(AttemptsOf(runs), cancel)).ToLookup(u => new AttemptId(u.Run, u.Node, u.Number));
        return [.. runs.Select(run =>
        {
            Dictionary<string, string> sources = new(StringComparer.Ordinal);
            foreach ((string tag, string name) in ((string, string)[])[("mlflow.source.git.commit", "code: commit"), ("mlp.plan", "code: plan"), ("mlflow.docker.image.id", "code: image")])
            {
                if (run.Tags.TryGetValue(tag, out string? value))
                    sources[name] = value;
            }
            foreach ((string name, string digest) in DatasetsOf(run))
                sources["data: " + name] = digest;
            foreach (ArtifactUseRow use in AttemptOf(run) is { } attempt ? uses[attempt] : [])
                sources["data: " + use.Input] = use.Hash;
            return sources;
        })];
    }

    private async Task<IReadOnlyList<Dictionary<string, string>>> ArtifactsAsync(List<TrackedRun> runs, CancellationToken cancel)
    {
        ILookup<AttemptId, ArtifactRow> made = (await lineage.OutputsOfAsync(AttemptsOf(runs), cancel)).ToLookup(a => new AttemptId(a.Run, a.Node, a.Number));
        List<Dictionary<string, string>> all = [];
        foreach (TrackedRun run in runs)
        {
            Dictionary<string, string> artifacts = new(StringComparer.Ordinal);
            if (TrackedPath.Of(run.ArtifactUri) is { } root)
            {
                foreach (TrackedFile file in await files.ListAsync(root, cancel))
                    artifacts[file.Path[(root.Length + 1)..]] = file.Hash;
            }
            foreach (ArtifactRow artifact in AttemptOf(run) is { } attempt ? made[attempt] : [])
                artifacts["output: " + artifact.Output] = artifact.Hash;
            all.Add(artifacts);
        }
        return all;
    }

    private async Task<IReadOnlyList<CurveView>> CurvesAsync(IReadOnlyList<string> metrics, List<TrackedRun> runs, CancellationToken cancel)
    {
        List<CurveView> curves = [];
        foreach (string metric in metrics)
        {
            foreach (TrackedRun run in runs.Take(MostCurveRuns).Where(run => run.Metric(metric) is not null))
            {
                IReadOnlyList<MetricValue> history = await store.HistoryAsync(run.Id, metric, 0, int.MaxValue, cancel);
                if (history.Count < 2)
                    continue;
                IReadOnlySet<long> steps = HistorySample.Steps([history], null, null, PointsPerCurve);
                MetricValue[] points = [.. history.Where(p => steps.Contains(p.Step)).OrderBy(p => p.Step).ThenBy(p => p.AtMs)];
                curves.Add(new CurveView(run.Id, metric, [.. points.Select(p => p.Step)], [.. points.Select(p => p.Value)]));
            }
        }
        return curves;
    }

    private static TrackingException NoSweep(Guid id) => new(TrackingRefusal.Missing, "TRACK-017", $"There is no sweep '{id}'. 'mlp sweeps list' shows those there are.");

    // Runs that a program made within an attempt have no lineage of their own.
    private static AttemptId? AttemptOf(TrackedRun run) => AttemptId.TryParse(run.Id, out AttemptId attempt) ? attempt : null;

    private static List<AttemptId> AttemptsOf(IEnumerable<TrackedRun> runs) => [.. runs.Select(AttemptOf).OfType<AttemptId>()];

    private static IEnumerable<(string Name, string Digest)> DatasetsOf(TrackedRun run)
    {
        if (run.InputsJson is null || !JsonElement.Parse(run.InputsJson).TryGetProperty("dataset_inputs", out JsonElement inputs))
            yield break;
        foreach (JsonElement input in inputs.EnumerateArray())
        {
            if (input.TryGetProperty("dataset", out JsonElement dataset) && dataset.ValueKind == JsonValueKind.Object && dataset.TryGetProperty("name", out JsonElement name) && dataset.TryGetProperty("digest", out JsonElement digest))
                yield return (name.ToString(), digest.ToString());
        }
    }
}
