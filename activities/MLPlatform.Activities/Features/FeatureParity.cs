using DuckDB.NET.Native;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Joins every entity as of the publication's instant with the very SQL that training tables are joined with, reads it from
/// the online store, and compares bits.
/// </summary>
public sealed class FeatureParity(IOnlineStore online)
{
    private const int BatchRows = 500;
    private const int MostExamples = 5;

    /// <summary>Compares what is published with the table that it came from.</summary>
    public async Task<ParityReport> CompareAsync(IArtifactStore artifacts, OnlinePublication publication, CancellationToken cancel)
    {
        ArtifactRef table = new(publication.Table, "table", 0);
        FeatureTableFacts facts = await FeatureTableFacts.ReadAsync(artifacts, table, cancel).ConfigureAwait(false);
        string folder = Directory.CreateTempSubdirectory("mlp-features-").FullName;
        try
        {
            using LatestValues latest = await LatestValues.OpenAsync(artifacts, table, facts, publication.AsOf, folder, cancel).ConfigureAwait(false);
            return await CompareAsync(latest.Session, facts, publication, cancel).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal async Task<ParityReport> CompareAsync(DuckSession session, FeatureTableFacts facts, OnlinePublication publication, CancellationToken cancel)
    {
        List<(string Key, FeatureValue[] Values)> offline = await Task.Run(() => Offline(session, facts, publication.AsOf, cancel), cancel).ConfigureAwait(false);
        IReadOnlyList<PlannedFeature> features = PlannedFeature.AllOf(facts.Group);
        long different = 0;
        List<string> examples = [];
        foreach ((string Key, FeatureValue[] Values)[] batch in offline.Chunk(BatchRows))
        {
            OnlineRead? read = await online.ReadAsync(publication.Group, publication.Version, [.. batch.Select(b => b.Key)], cancel).ConfigureAwait(false);
            for (int i = 0; i < batch.Length; i++)
            {
                FeatureValue[]? served = read?.Rows[i] is { } row ? OnlineText.Values(features, row.Values) : null;
                for (int f = 0; f < features.Count; f++)
                {
                    if (served is not null && served[f] == batch[i].Values[f])
                        continue;
                    different++;
                    if (examples.Count < MostExamples)
                        examples.Add($"{features[f].Name} of {batch[i].Key}: offline {OnlineText.Of([batch[i].Values[f]])}, online {(served is null ? "nothing" : OnlineText.Of([served[f]]))}");
                }
            }
        }
        return new ParityReport(publication.Group, publication.Version, publication.AsOf, offline.Count, (long)offline.Count * features.Count, different, examples);
    }

    /// <summary>Every entity of the table as a label at the instant, joined as training tables are.</summary>
    private static List<(string Key, FeatureValue[] Values)> Offline(DuckSession session, FeatureTableFacts facts, DateTimeOffset asOf, CancellationToken cancel)
    {
        string keys = string.Join(", ", facts.Group.Entity.Select(k => DuckSession.Name(k.Name)));
        long at = (asOf - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        session.Execute($"CREATE OR REPLACE TEMP TABLE labels AS SELECT DISTINCT {keys}, make_timestamp({at}) AS label_time FROM group0 WHERE epoch_us({FeatureColumns.ArrivalTime}) <= {at}");
        ResolvedGroup group = ResolvedGroup.Of(new JoinedGroup { Features = new ArtifactRef("", "table", 0) }, 0, facts, session.Columns("labels"));
        JoinPlan plan = new(session, "label_time", [group]);
        foreach (string step in plan.Steps)
            session.Run(step, cancel);
        List<(string, FeatureValue[])> rows = [];
        using DuckQuery query = DuckQuery.Prepare(session, plan.Result);
        query.Run(result =>
        {
            IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
            return chunk =>
            {
                DuckVectors.Vector[] vectors = DuckVectors.Vectors(chunk, columns);
                int width = facts.Group.Entity.Count;
                for (int row = 0; row < DuckVectors.Rows(chunk); row++)
                {
                    FeatureValue[] values = [.. vectors.Select((v, i) => DuckVectors.Feature(v, row, columns[i].Type))];
                    rows.Add((OnlineText.Of(values.AsSpan(0, width)), values[(width + 1)..]));
                }
            };
        }, cancel);
        return rows;
    }
}
