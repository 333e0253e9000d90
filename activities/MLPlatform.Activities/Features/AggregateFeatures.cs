using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Lineage;
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

        [Description("The table that an earlier run made of the same group: what arrived since is added to it. The rows may be all there are, or those that arrived since. Default: none, everything is made anew.")]
        public ArtifactRef? Previous { get; init; }

        [Description("Keep only what was known before this instant; rows that arrived later are not looked at. Default: to the end.")]
        public DateTimeOffset? Until { get; init; }
    }

    /// <param name="Table">The entity, event_time, arrival_time (since when it was known) and the features, by entity and time.</param>
    /// <param name="Group">The group's id.</param>
    /// <param name="Version">The group's declared version.</param>
    /// <param name="Rows">Rows of the source that the values are made from, those of the previous table included.</param>
    /// <param name="Added">Of them, rows that are new.</param>
    /// <param name="Skipped">Rows without a key, an event time or an arrival time.</param>
    /// <param name="Entities">Entities that were worked on: all, or with a previous table those with rows that still matter.</param>
    /// <param name="Versions">Rows of the table.</param>
    /// <param name="Through">The latest arrival that the values know of; null where there is no row.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(
        ArtifactRef Table, string Group, int Version, long Rows, long Added, long Skipped, long Entities, long Versions, DateTimeOffset? Through, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.From >= inputs.Until || (inputs.From is not null && inputs.Previous is not null))
            throw DataErrors.Bad("FEAT-014", inputs.Previous is null ? "'from' must be before 'until'." : "'from' has no meaning with 'previous': what was made stays.");
        try
        {
            GroupFile file = await GroupFile.ReadAsync(inputs.Group, cancel);
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("rows", inputs.Table, cancel);
            FeatureTableFacts? before = inputs.Previous is null ? null : await FeatureBuild.AttachPreviousAsync(session, context.Artifacts, inputs.Previous, file, cancel);
            session.Seal();
            string folder = Path.Combine(context.ScratchFolder, "features");
            FeatureBuild build = new(session, file, before, Microseconds(inputs.From), Microseconds(inputs.Until));
            FeatureBuild.Result made = await Task.Run(() => build.Run(folder, context, cancel), cancel);
            ArtifactRef table = await context.Artifacts.PutFolderAsync(folder, "table", cancel);
            context.Log($"{file.Group.Id} version {file.Group.Version}: {made.Facts.SourceRows} rows, {made.Added} of them new, give {made.Versions} versions; {made.Skipped} rows have no key or time");
            foreach (FeatureProfile profile in made.Facts.Profile.Where(p => p.Missing > 0))
                context.Log($"{profile.Feature}: missing in {profile.Missing} of {profile.Rows} versions");
            context.Report("versions", made.Versions);
            return new Outputs(table, file.Group.Id, file.Group.Version, made.Facts.SourceRows, made.Added, made.Skipped, made.Entities, made.Versions,
                made.Facts.Through is { } through ? DateTimeOffset.UnixEpoch.AddMicroseconds(through) : null,
                await LineageFile.WriteColumnsAsync(context, cancel, ("table", FeatureColumnLineage.Of(session, file.Group, inputs.Previous is not null, context))));
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static long? Microseconds(DateTimeOffset? instant) => instant is { } at ? (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : null;
}
