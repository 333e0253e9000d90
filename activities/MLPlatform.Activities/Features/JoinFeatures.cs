using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Gives every labeled row the features of its entity as they were known at the row's time: a value that arrived later is
/// never taken, whenever it happened. Rows keep their number and order.
/// </summary>
[Activity("features.join", Version = 1)]
[Description("Gives every labeled row the features as they were known at its time, and reports features whose values exist only afterwards.")]
public sealed class JoinFeatures : IActivity<JoinFeatures.Inputs, JoinFeatures.Outputs>
{
    public sealed record Inputs
    {
        [Description("The rows to be given features.")]
        public required ArtifactRef Labels { get; init; }

        [Description("Their column with the time as of which features are wanted.")]
        public required string Time { get; init; }

        [Description("Their column with the label, for the leakage report alone; a number or true and false. Default: none.")]
        public string? Label { get; init; }

        [MinLength(1)]
        [Description("The groups to take features from.")]
        public required IReadOnlyList<JoinedGroup> Groups { get; init; }

        [Description("Fail instead of warning where the leakage report has a warning. Default: false.")]
        public bool FailOnWarning { get; init; }
    }

    /// <param name="Table">The labels in their order with the features; missing where nothing was known.</param>
    /// <param name="Rows">Rows of the table.</param>
    /// <param name="Report">One row for each feature: what was known at the labels' times, and what only later.</param>
    /// <param name="Warnings">What a person should look at before training.</param>
    /// <param name="Stale">Rows whose time is after the last arrival that a group knows of.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(ArtifactRef Table, long Rows, ArtifactRef Report, IReadOnlyList<string> Warnings, long Stale, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("labels", inputs.Labels, cancel);
            List<ResolvedGroup> groups = [];
            foreach (JoinedGroup group in inputs.Groups)
            {
                FeatureTableFacts facts = await FeatureTableFacts.ReadAsync(context.Artifacts, group.Features, cancel);
                groups.Add(ResolvedGroup.Of(group, groups.Count, facts, session.Columns("labels")));
                await session.AttachAsync(groups[^1].Relation, group.Features, cancel);
            }
            session.Seal();
            string joined = Path.Combine(context.ScratchFolder, "joined"), report = Path.Combine(context.ScratchFolder, "report");
            (long rows, IReadOnlyList<FeatureLeak> leaks, long stale) = await Task.Run(() => Join(session, inputs, groups, joined, report, context, cancel), cancel);
            List<string> warnings = [.. leaks.SelectMany(l => l.Warnings())];
            warnings.ForEach(context.Log);
            if (stale > 0)
                context.Log($"{stale} rows are later than the last arrival that their features know of: what was known by then may be more.");
            if (inputs.FailOnWarning && warnings.Count > 0)
                throw DataErrors.Bad("FEAT-024", $"The leakage report has {warnings.Count} warnings. {warnings[0]}");
            context.Report("warnings", warnings.Count);
            Dictionary<string, string> tables = groups.Index().ToDictionary(g => g.Item.Relation, g => $"groups[{g.Index}].features");
            tables.Add("labels", "labels");
            ColumnLineage? lineage = SqlColumns.Of(session, new JoinPlan(session, inputs.Time, groups).Result, tables, context);
            return new Outputs(await context.Artifacts.PutFolderAsync(joined, "table", cancel), rows,
                await context.Artifacts.PutFolderAsync(report, "table", cancel), warnings, stale, await LineageFile.WriteColumnsAsync(context, cancel, ("table", lineage)));
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static (long Rows, IReadOnlyList<FeatureLeak> Leaks, long Stale) Join(
        DuckSession session, Inputs inputs, List<ResolvedGroup> groups, string joined, string report, ActivityContext context, CancellationToken cancel)
    {
        JoinPlan plan = new(session, inputs.Time, groups);
        int done = 0;
        foreach (string step in plan.Steps)
        {
            session.Run(step, cancel);
            context.Progress(0.7 * ++done / (groups.Count + 1));
        }
        long rows = session.Write(plan.Result, joined, cancel).Rows;
        context.Progress(0.8);
        IReadOnlyList<FeatureLeak> leaks = new LeakReport(session, groups, inputs.Label).Look(cancel);
        using (TableWriter table = new(report, LeakTable.Columns))
        {
            foreach (FeatureLeak leak in leaks)
                LeakTable.Append(table, leak);
            table.Complete();
        }
        long? through = groups.Min(g => g.Facts.Through);
        long stale = through is { } last ? session.Count($"SELECT count(*) FROM spine WHERE epoch_us(t) > {last}") : 0;
        return (rows, leaks, stale);
    }
}
