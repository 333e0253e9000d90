using MLPlatform.Core.Experiments;

namespace MLPlatform.Storage.Experiments;

/// <summary>An attempt's run as the platform knows it, with what was logged to it.</summary>
internal static class TrackedMerge
{
    public static TrackedRun Of(TrackedRun attempt, TrackedRun logged) => attempt with
    {
        Name = logged.Name,
        Stage = logged.Stage,
        ArtifactUri = logged.ArtifactUri,
        // The program's word counts until the attempt has ended: how it ended, the platform knows.
        Status = attempt.EndedMs is null ? logged.Status : attempt.Status,
        EndedMs = attempt.EndedMs ?? logged.EndedMs,
        Parameters = Over(attempt.Parameters, logged.Parameters),
        Tags = Over(attempt.Tags, logged.Tags),
        Metrics = Latest(attempt.Metrics, logged.Metrics),
        InputsJson = logged.InputsJson,
        OutputsJson = logged.OutputsJson,
    };

    private static IReadOnlyDictionary<string, string> Over(IReadOnlyDictionary<string, string> under, IReadOnlyDictionary<string, string> over)
    {
        if (over.Count == 0)
            return under;
        Dictionary<string, string> all = new(under, StringComparer.Ordinal);
        foreach ((string key, string value) in over)
            all[key] = value;
        return all;
    }

    private static IReadOnlyList<MetricValue> Latest(IReadOnlyList<MetricValue> reported, IReadOnlyList<MetricValue> logged)
    {
        if (reported.Count == 0 || logged.Count == 0)
            return reported.Count == 0 ? logged : reported;
        Dictionary<string, MetricValue> latest = reported.ToDictionary(m => m.Name, StringComparer.Ordinal);
        foreach (MetricValue metric in logged)
        {
            if (!latest.TryGetValue(metric.Name, out MetricValue known) || metric.IsAfter(known))
                latest[metric.Name] = metric;
        }
        return [.. latest.Values];
    }
}
