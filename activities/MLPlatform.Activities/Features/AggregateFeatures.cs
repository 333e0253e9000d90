using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Makes the values of a declared feature group: for each entity one row for each instant at which what was known about
/// it changed. Whoever looks for the newest row at or before an instant finds what was known then, and nothing later.
/// </summary>
[Activity("features.aggregate", Version = 1)]
[Description("Makes the values of a declared feature group: a table with a row for each instant at which what was known about an entity changed.")]
public sealed class AggregateFeatures : IActivity<AggregateFeatures.Inputs, AggregateFeatures.Outputs>
{
    public sealed record Inputs
    {
        [Description("The rows that the group is made from.")]
        public required ArtifactRef Table { get; init; }

        [ExternalFiles, MinLength(1)]
        [Description("The file that declares the group, relative to the pipeline's file: features/user-activity.json.")]
        public required string Group { get; init; }

        [Description("Keep only what stands at this instant or later. Default: from the beginning.")]
        public DateTimeOffset? From { get; init; }

        [Description("Keep only what was known before this instant; rows that arrived later are not looked at. Default: to the end.")]
        public DateTimeOffset? Until { get; init; }
    }

    /// <param name="Table">The entity, event_time, arrival_time (since when it was known) and the features, by entity and time.</param>
    /// <param name="Group">The group's id.</param>
    /// <param name="Version">The group's declared version.</param>
    /// <param name="Rows">Rows of the source that were used.</param>
    /// <param name="Skipped">Rows without a key, an event time or an arrival time.</param>
    /// <param name="Entities">Entities there are.</param>
    /// <param name="Versions">Rows of the table.</param>
    /// <param name="Through">The latest arrival that the values know of; null where there is no row.</param>
    public sealed record Outputs(
        ArtifactRef Table, string Group, int Version, long Rows, long Skipped, long Entities, long Versions, DateTimeOffset? Through);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.From >= inputs.Until)
            throw DataErrors.Bad("FEAT-014", "'from' must be before 'until'.");
        try
        {
            GroupFile file = await GroupFile.ReadAsync(inputs.Group, cancel);
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("rows", inputs.Table, cancel);
            session.Seal();
            string folder = Path.Combine(context.ScratchFolder, "features");
            Materialized made = await Task.Run(() => Materialize(session, file, inputs, folder, context, cancel), cancel);
            ArtifactRef table = await context.Artifacts.PutFolderAsync(folder, "table", cancel);
            context.Log($"{file.Group.Id} version {file.Group.Version}: {made.Versions} versions of {made.Entities} entities from {made.Rows} rows; {made.Skipped} rows have no key or time");
            context.Report("versions", made.Versions);
            return new Outputs(table, file.Group.Id, file.Group.Version, made.Rows, made.Skipped, made.Entities, made.Versions,
                made.Through is { } through ? DateTimeOffset.UnixEpoch.AddMicroseconds(through) : null);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static Materialized Materialize(DuckSession session, GroupFile file, Inputs inputs, string folder, ActivityContext context, CancellationToken cancel)
    {
        FeatureGroup group = file.Group;
        IReadOnlyList<PlannedFeature> features = PlannedFeature.AllOf(group);
        GroupSource source = new(session, group, features, Microseconds(inputs.Until));
        long[] counts = session.Counts(source.Counts);
        using TableWriter table = new(folder, VersionWriter.Columns(group));
        VersionWriter writer = new(table, group, features, Microseconds(inputs.From) ?? long.MinValue, Microseconds(inputs.Until) ?? long.MaxValue);
        EventReader reader = new(group, features, new FeatureTimeline(features, group.EventId is not null, writer.Take), writer.Start);
        reader.Read(session, source.Events, done => context.Progress(Math.Min(1, done / (double)Math.Max(1, counts[2]))), cancel);
        writer.Complete();
        table.Complete();
        long? through = counts[2] > 0 ? counts[3] : null;
        new FeatureTableFacts(group, file.Hash, through, counts[2]).Save(folder);
        return new Materialized(counts[2], counts[1], reader.Entities, table.Rows, through);
    }

    private static long? Microseconds(DateTimeOffset? instant) => instant is { } at ? (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : null;

    private sealed record Materialized(long Rows, long Skipped, long Entities, long Versions, long? Through);
}
