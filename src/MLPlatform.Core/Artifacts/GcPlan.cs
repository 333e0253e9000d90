using MLPlatform.Core.Datasets;

namespace MLPlatform.Core.Artifacts;

/// <summary>What a collection keeps and which versions of datasets it gives up.</summary>
public sealed record GcPlan(IReadOnlySet<string> Needed, IReadOnlyList<DatasetVersion> GiveUp)
{
    public static GcPlan Of(RetentionFacts facts, DateTimeOffset now)
    {
        // A version that a registered model was made of stays one, however old.
        HashSet<string> needed = Reachability.WithOrigins(facts.Models, facts.Edges);
        List<DatasetVersion> giveUp = [.. facts.Datasets.SelectMany(d => Retention.Expired(d.Dataset.Settings, d.Versions, now)).Where(v => !needed.Contains(v.Artifact.Hash))];
        HashSet<(string, int)> gone = [.. giveUp.Select(v => (v.Dataset, v.Version))];
        needed.UnionWith(facts.Datasets.SelectMany(d => d.Versions).Where(v => v.RemovedAt is null && !gone.Contains((v.Dataset, v.Version))).Select(v => v.Artifact.Hash));
        needed.UnionWith(facts.Mentioned);
        return new GcPlan(needed, giveUp);
    }
}
