using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Data;

/// <summary>
/// Cleans a table by declared rules. Every row is either kept or rejected, once, with all its reasons; kept and
/// rejected rows keep their order, and the same table and rules give the same bytes.
/// </summary>
/// <remarks>Works out of core: what does not fit in the attempt's memory spills to its scratch folder.</remarks>
[Activity("data.clean", Version = 1)]
[Description("Cleans a table by declared rules: duplicates, required columns, SQL conditions, ranges, casts and more; the report counts by reason, and kept + rejected = read.")]
public sealed class CleanData : IActivity<CleanData.Inputs, CleanData.Outputs>
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public sealed record Inputs
    {
        [Description("The table to clean.")]
        public required ArtifactRef Table { get; init; }

        [Description("The rules, applied in order.")]
        public required IReadOnlyList<CleanRule> Rules { get; init; }
    }

    /// <param name="Table">The kept rows, as the rules left them.</param>
    /// <param name="Rejected">The rejected rows as they were read, with the column _reasons: names in the order of the rules, with commas between.</param>
    /// <param name="Report">The counts.</param>
    /// <param name="ReportFile">The same counts as report.json.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(ArtifactRef Table, ArtifactRef Rejected, CleanReport Report, ArtifactRef ReportFile, ArtifactRef? Lineage);

    /// <param name="Read">Rows of the table: always kept plus rejected.</param>
    /// <param name="Kept">Rows that no rule rejected.</param>
    /// <param name="Rejected">Rows that at least one rule rejected.</param>
    /// <param name="Reasons">Rows by reason; a row with two reasons counts under both.</param>
    public sealed record CleanReport(long Read, long Kept, long Rejected, IReadOnlyDictionary<string, long> Reasons);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("source", inputs.Table, cancel);
            session.Seal();
            string kept = Path.Combine(context.ScratchFolder, "kept"), rejected = Path.Combine(context.ScratchFolder, "rejected");
            (CleanReport report, ColumnLineage? keptOf, ColumnLineage? rejectedOf) = await Task.Run(() => Clean(session, inputs.Rules, kept, rejected, context, cancel), cancel);

            string file = Path.Combine(context.ScratchFolder, "report.json");
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, Json) + "\n", cancel);
            return new Outputs(
                await context.Artifacts.PutFolderAsync(kept, "table", cancel),
                await context.Artifacts.PutFolderAsync(rejected, "table", cancel),
                report,
                await context.Artifacts.PutFileAsync(file, "report", null, cancel),
                await LineageFile.WriteColumnsAsync(context, cancel, ("table", keptOf), ("rejected", rejectedOf)));
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static (CleanReport, ColumnLineage?, ColumnLineage?) Clean(
        DuckSession session, IReadOnlyList<CleanRule> rules, string kept, string rejected, ActivityContext context, CancellationToken cancel)
    {
        // 1. Judge every row once; the verdicts stay in a table that spills.
        CleanPlan plan = CleanPlan.Build(session, "source", rules);
        string own = string.Join(", ", plan.Columns.Select(DuckSession.Name));
        string reasons = plan.Reasons.Count == 0 ? "NULL::VARCHAR"
            : $"nullif(concat_ws(',', {string.Join(", ", plan.Reasons.Select(r => $"CASE WHEN {r.Condition} THEN {DuckSession.Quote(r.Reason)} END"))}), '')";
        string counts = string.Concat(plan.Reasons.Select((r, i) => $", ({r.Condition}) AS _mlp_is_{i}"));
        session.Run($"CREATE TEMP TABLE judged AS SELECT {CleanPlan.Row}, {own}, {reasons} AS {CleanPlan.Judgement}{counts} FROM {plan.Stage}", cancel);
        context.Progress(0.5, "judged");

        // 2. Count.
        long[] numbers = session.Counts($"SELECT count(*), count(*) FILTER (WHERE {CleanPlan.Judgement} IS NULL)"
            + string.Concat(plan.Reasons.Select((_, i) => $", count(*) FILTER (WHERE _mlp_is_{i})")) + " FROM judged");
        Dictionary<string, long> byReason = [];
        for (int i = 0; i < plan.Reasons.Count; i++)
            byReason.Add(plan.Reasons[i].Reason, numbers[2 + i]);

        // 3. Write both parts in the order of the source.
        string keep = $"SELECT {own} FROM judged WHERE {CleanPlan.Judgement} IS NULL ORDER BY {CleanPlan.Row}";
        string reject = $"SELECT s.* EXCLUDE ({CleanPlan.Row}), j.{CleanPlan.Judgement} AS {DuckSession.Name(plan.ReasonsName)} FROM stage_0 s JOIN judged j USING ({CleanPlan.Row}) WHERE j.{CleanPlan.Judgement} IS NOT NULL ORDER BY s.{CleanPlan.Row}";
        long keptRows = session.Write(keep, kept, cancel).Rows;
        context.Progress(0.8, "kept rows written");
        long rejectedRows = session.Write(reject, rejected, cancel).Rows;
        Dictionary<string, string> input = new() { ["source"] = "table" };
        return (Account(new CleanReport(numbers[0], keptRows, rejectedRows, byReason), context),
            SqlColumns.Of(session, keep, input, context), SqlColumns.Of(session, reject, input, context));
    }

    private static CleanReport Account(CleanReport report, ActivityContext context)
    {
        if (report.Kept + report.Rejected != report.Read)
            throw new InvalidOperationException($"kept {report.Kept} + rejected {report.Rejected} is not read {report.Read}");
        context.Log($"Read {report.Read} rows: {report.Kept} kept, {report.Rejected} rejected");
        foreach ((string reason, long count) in report.Reasons)
            context.Log($"  {reason}: {count}");
        context.Report("kept", report.Kept);
        context.Report("rejected", report.Rejected);
        return report;
    }
}
