using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Builds the table of a group, anew or on top of an earlier one. What was known by the last arrival of the earlier table
/// can no longer change, so its versions up to then are taken over; from then on everything follows from the events that
/// it kept and from what arrived since. Both ways give the same bytes.
/// </summary>
internal sealed class FeatureBuild(DuckSession session, GroupFile file, FeatureTableFacts? before, long? from, long? until)
{
    private readonly FeatureGroup _group = file.Group;
    private readonly IReadOnlyList<PlannedFeature> _features = PlannedFeature.AllOf(file.Group);

    /// <param name="Added">New rows of the source.</param>
    public sealed record Result(FeatureTableFacts Facts, long Added, long Skipped, long Entities, long Versions);

    /// <summary>Makes an earlier table and its kept events readable; null where it knows of no row, so that there is nothing to go on from.</summary>
    public static async Task<FeatureTableFacts?> AttachPreviousAsync(DuckSession session, IArtifactStore artifacts, ArtifactRef table, GroupFile file, CancellationToken cancel)
    {
        FeatureTableFacts facts = await FeatureTableFacts.ReadAsync(artifacts, table, cancel);
        if (facts.Hash != file.Hash)
            throw DataErrors.Bad("FEAT-015", $"The previous table was made from another declaration of '{file.Group.Id}' (version {facts.Group.Version}). Leave 'previous' out once, so that everything is made anew.");
        if (facts.Through is null)
            return null;
        string folder = await session.AttachAsync("previous", table, cancel);
        session.AttachFiles("state", [.. Directory.EnumerateFiles(folder, "*" + StateWriter.Ending).Order(StringComparer.Ordinal)], byDay: false);
        return facts;
    }

    public Result Run(string folder, ActivityContext context, CancellationToken cancel)
    {
        // 1. See what there is.
        GroupSource source = new(session, _group, _features, before?.Through, until);
        long[] counts = session.Counts(source.Counts);
        (long added, long known) = (counts[2], counts[4]);
        if (before is not null && known != 0 && known != before.SourceRows)
            throw DataErrors.Bad("FEAT-016", $"The previous table is made from {before.SourceRows} rows that arrived by {DateTimeOffset.UnixEpoch.AddMicroseconds(before.Through!.Value):u}; the rows given have {known} of them. Give all rows or only later ones; where rows came in with an earlier arrival time, leave 'previous' out once.");
        long? through = added > 0 ? counts[3] : before?.Through;
        // 2. Make the versions: all of them, or those after the previous table's last arrival, aside.
        string fresh = before is null ? folder : Path.Combine(session.Folder, "fresh");
        Directory.CreateDirectory(folder);
        string state = Path.Combine(session.Folder, "state");
        using VersionTable table = new(fresh, _group, _features);
        VersionWriter writer = new(table, from ?? long.MinValue, before?.Through ?? long.MinValue, until ?? long.MaxValue);
        EventReader reader = new(_group, new FeatureTimeline(_features, _group.EventId is not null, writer.Take), writer);
        using (StateWriter kept = reader.Read(session, source.Events,
            columns => new StateWriter(state, columns, _group, _features, through ?? long.MinValue), done => context.Progress(0.9 * Math.Min(1, done / (double)Math.Max(1, added))), cancel))
        {
            table.Complete();
            kept.Complete(folder);
        }
        // 3. Bring them together with what stays.
        (IReadOnlyList<FeatureProfile> profile, long versions) = before is null ? (table.Profile, table.Rows) : Merge(folder, fresh, before.Through!.Value, cancel);
        FeatureTableFacts facts = new(_group, file.Hash, through, (before?.SourceRows ?? 0) + added, profile);
        facts.Save(folder);
        return new Result(facts, added, counts[1], reader.Entities, versions);
    }

    private (IReadOnlyList<FeatureProfile> Profile, long Rows) Merge(string folder, string fresh, long through, CancellationToken cancel)
    {
        session.AttachFiles("fresh", [.. Directory.EnumerateFiles(fresh, "*.parquet").Order(StringComparer.Ordinal)], byDay: false);
        string keys = string.Join(", ", _group.Entity.Select(k => DuckSession.Name(k.Name)));
        int width = _group.Entity.Count;
        using VersionTable table = new(folder, _group, _features);
        using DuckQuery query = DuckQuery.Prepare(session, $"""
            SELECT * FROM (SELECT * FROM previous WHERE epoch_us({FeatureColumns.ArrivalTime}) <= {through} UNION ALL SELECT * FROM fresh) ORDER BY {keys}, {FeatureColumns.ArrivalTime}
            """);
        query.Run(result =>
        {
            IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
            return chunk =>
            {
                DuckVectors.Vector[] vectors = DuckVectors.Vectors(chunk, columns);
                for (int row = 0; row < DuckVectors.Rows(chunk); row++)
                {
                    FeatureValue[] values = new FeatureValue[vectors.Length];
                    for (int c = 0; c < values.Length; c++)
                        values[c] = DuckVectors.Feature(vectors[c], row, columns[c].Type);
                    table.Append(values[..width], new FeatureVersion(values[width + 1].Bits, values[width].Bits, values[(width + 2)..]));
                }
            };
        }, cancel);
        table.Complete();
        return (table.Profile, table.Rows);
    }
}
