using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary><c>/mlflow/metrics/…</c>, and what clients ask a server first.</summary>
internal static class MetricCalls
{
    private const int MostRuns = 100;

    public static MlflowRoute[] Routes { get; } =
    [
        MlflowRoute.Get("/metrics/get-history", HistoryAsync),
        MlflowRoute.Get("/metrics/get-history-bulk-interval", HistoriesAsync),
        MlflowRoute.Get("/metrics/get-history-bulk", HistoriesAsync),
        MlflowRoute.Get("/server-info", _ => Task.FromResult<IResult>(new MlflowAnswer(json =>
        {
            json.WriteString("store_type", "SqlStore");
            json.WriteBoolean("workspaces_enabled", false);
        }))),
    ];

    private static async Task<IResult> HistoryAsync(MlflowCall call)
    {
        string metric = call.Text("metric_key") is { Length: > 0 } key ? key : throw MlflowCall.Missing("metric_key");
        ITrackedRunStore store = call.Get<ITrackedRunStore>();
        if (await store.FindAsync(call.Run, call.Cancel) is null)
            throw TrackingException.NoRun(call.Run);
        // A client that asks for no page gets all, as it knows no other way.
        int limit = call.Whole("max_results") is null ? int.MaxValue - 1 : call.Limit(25_000, 25_000);
        int skip = PageToken.Read(call.Text("page_token"));
        IReadOnlyList<MetricValue> points = await store.HistoryAsync(call.Run, metric, skip, limit + 1, call.Cancel);
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("metrics");
            foreach (MetricValue point in points.Take(limit))
                json.Metric(point);
            json.WriteEndArray();
            json.NextPage(points.Count > limit ? PageToken.Write(skip + limit) : null);
        });
    }

    private static async Task<IResult> HistoriesAsync(MlflowCall call)
    {
        IReadOnlyList<string> runs = [.. call.Texts("run_ids").Concat(call.Texts("run_id")).Distinct()];
        if (runs.Count is 0 or > MostRuns)
            throw MlflowCall.Wrong($"run_ids must name 1 to {MostRuns} runs.");
        string metric = call.Required("metric_key");
        int limit = call.Limit(2500, 25_000);
        Dictionary<string, IReadOnlyList<MetricValue>> histories = new(StringComparer.Ordinal);
        foreach (string run in runs)
            histories[run] = await call.Get<ITrackedRunStore>().HistoryAsync(run, metric, 0, int.MaxValue, call.Cancel);
        IReadOnlySet<long> steps = HistorySample.Steps(histories.Values, call.Whole("start_step"), call.Whole("end_step"), limit);
        return new MlflowAnswer(json =>
        {
            json.WriteStartArray("metrics");
            foreach ((string run, IReadOnlyList<MetricValue> points) in histories)
            {
                foreach (MetricValue point in points.Where(p => steps.Contains(p.Step)).OrderBy(p => p.Step).ThenBy(p => p.AtMs))
                    json.Metric(point, run);
            }
            json.WriteEndArray();
        });
    }
}
