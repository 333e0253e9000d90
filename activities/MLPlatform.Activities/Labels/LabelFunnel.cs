using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Labels;

/// <summary>
/// Labels impressions with a chain of feedback, such as click, download, retained: each step must follow the one before within
/// its own window. A label that is 0 is final only once no event can come any more that would make it 1.
/// </summary>
/// <remarks>An event belongs to the latest thing of its key that came before it, so to one impression at most. Every impression
/// is kept once and in its order, unless negatives are sampled or provisional rows dropped.</remarks>
[Activity("label.funnel", Version = 1)]
[Description("Labels impressions with a chain of feedback (click, download, retained, …), a window for each step, and tells which labels are final; negatives may be sampled, with weights.")]
public sealed class LabelFunnel : IActivity<LabelFunnel.Inputs, LabelFunnel.Outputs>
{
    public sealed record Inputs
    {
        [Description("The impressions; each becomes one labeled row.")]
        public required ArtifactRef Impressions { get; init; }

        [MinLength(1)]
        [Description("The columns that say what an event is about. A row without a value in one of them matches nothing.")]
        public required IReadOnlyList<string> Key { get; init; }

        [Description("The timestamp column of the impressions.")]
        public required string Time { get; init; }

        [MinLength(1), MaxLength(16)]
        [Description("The steps, each following the one before.")]
        public required IReadOnlyList<FunnelStep> Steps { get; init; }

        [Description("The instant whose knowledge is used: later events are not, and windows open then are provisional. Default: the latest time in the tables.")]
        public DateTimeOffset? AsOf { get; init; }

        [Description("What to do with rows that have a label which can still change: keep or drop. Default: keep.")]
        public ProvisionalRows Provisional { get; init; }

        [Description("Keeps only a fraction of the negatives, with weights that make up for it. Default: all are kept.")]
        public NegativeSampling? Negatives { get; init; }

        [MinLength(1)]
        [Description("The name of the weight column, where negatives are sampled. Default: weight.")]
        public string Weight { get; init; } = "weight";
    }

    /// <param name="Table">The impressions in their order with, for each step, its label (0 or 1), NAME_at and NAME_final.</param>
    /// <param name="Impressions">Impressions read.</param>
    /// <param name="Rows">Rows of the table.</param>
    /// <param name="Provisional">Impressions with a label that can still change.</param>
    /// <param name="AsOf">The instant whose knowledge was used; absent where no table has a time.</param>
    /// <param name="Steps">What became of each step's events.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(
        ArtifactRef Table, long Impressions, long Rows, long Provisional, DateTimeOffset? AsOf, IReadOnlyList<FunnelStepOutcome> Steps, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("impressions", inputs.Impressions, cancel);
            for (int n = 0; n < inputs.Steps.Count; n++)
                await session.AttachAsync($"step{n + 1}", inputs.Steps[n].Events, cancel);
            session.Seal();
            FunnelCheck.Check(session, inputs);
            string folder = Path.Combine(context.ScratchFolder, "labeled");
            (long? asOf, long[] counts, ColumnLineage? lineage) = await Task.Run(() => Label(session, inputs, folder, context, cancel), cancel);
            Outputs outputs = new(
                await context.Artifacts.PutFolderAsync(folder, "table", cancel), counts[0], counts[1], counts[2],
                asOf is { } micros ? DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond) : null,
                [.. inputs.Steps.Select((s, i) => (s.Name, C: counts.AsMemory(3 + 8 * i, 8).ToArray()))
                    .Select(s => new FunnelStepOutcome(s.Name, s.C[0], s.C[1], s.C[2], s.C[3], s.C[4], s.C[5], s.C[6], s.C[7]))],
                await LineageFile.WriteColumnsAsync(context, cancel, ("table", lineage)));
            Account(outputs, context);
            return outputs;
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static (long? AsOf, long[] Counts, ColumnLineage? Lineage) Label(DuckSession session, Inputs inputs, string folder, ActivityContext context, CancellationToken cancel)
    {
        long? asOf = inputs.AsOf is { } given ? (given - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond
            : session.Counts(FunnelSql.LatestTime(inputs)) is [var latest, > 0] ? latest : null;
        FunnelSql sql = new(inputs, [.. inputs.Steps.Select((_, n) => session.Columns($"step{n + 1}").Select(c => c.Name).ToList())], asOf ?? 0);
        foreach (string statement in sql.Statements)
            session.Run(statement, cancel);
        long[] counts = session.Counts(sql.Counts);
        long rows = session.Write(sql.Labeled, folder, cancel).Rows;
        if (rows != counts[1])
            throw new InvalidOperationException($"{counts[1]} impressions became {rows} labeled rows");
        Dictionary<string, string> tables = inputs.Steps.Index().ToDictionary(s => $"step{s.Index + 1}", s => $"steps[{s.Index}].events");
        tables.Add("impressions", "impressions");
        return (asOf, counts, SqlColumns.Of(session, sql.Labeled, tables, context));
    }

    private static void Account(Outputs outputs, ActivityContext context)
    {
        context.Log($"{outputs.Impressions} impressions, {outputs.Rows} kept, {outputs.Provisional} provisional as of {outputs.AsOf:u}");
        foreach (FunnelStepOutcome step in outputs.Steps)
        {
            context.Log($"{step.Name}: {step.Reached} reached, {step.Provisional} provisional; {step.Events} events: {step.Matched} matched, {step.Duplicate} duplicate, "
                + $"{step.OutsideWindow} outside the window, {step.Unmatched} unmatched, {step.NotYetKnown} not yet known");
            context.Report(step.Name, step.Reached);
        }
    }
}
