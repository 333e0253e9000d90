using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Labels;

/// <summary>
/// Labels rows by rules that vote: SQL conditions, or columns that hold votes. The label with the most weight wins; where no rule
/// fires, or two labels weigh the same, the row has none. A report tells how the rules do.
/// </summary>
[Activity("label.rules", Version = 2)]
[Description("Labels rows by the votes of SQL conditions or of columns that scripts wrote, and reports each rule's coverage, overlaps, conflicts and accuracy.")]
public sealed class LabelByRules : IActivity<LabelByRules.Inputs, LabelByRules.Outputs>
{
    /// <summary>What votes for a label: a condition, or a column that holds votes which another activity wrote, such as a script in any language.</summary>
    public sealed record Rule
    {
        [Description("Tells rules apart in the report.")]
        public required string Name { get; init; }

        [Description("The label that the condition votes for. With when.")]
        public string? Label { get; init; }

        [Description("An SQL condition over the columns of a row; unknown (NULL) counts as false. With label; else column.")]
        public string? When { get; init; }

        [Description("A column that holds the label to vote for; a row where it is missing gets no vote. Instead of label and when.")]
        public string? Column { get; init; }

        [Range(0.000001, 1_000_000)]
        [Description("The weight of its vote. Default: 1, a majority vote.")]
        public double Weight { get; init; } = 1;
    }

    public sealed record Inputs
    {
        [Description("The rows to label; every row is kept, in its order.")]
        public required ArtifactRef Table { get; init; }

        [MinLength(1), MaxLength(500)]
        [Description("The rules.")]
        public required IReadOnlyList<Rule> Rules { get; init; }

        [MinLength(1)]
        [Description("The name of the label column. Default: label.")]
        public string Label { get; init; } = "label";

        [Description("A column with labels that are known for some rows; the report then tells accuracies. Default: none.")]
        public string? Truth { get; init; }
    }

    /// <param name="Table">The rows with the label, its share of the weight that voted (confidence), and how many rules fired (votes).</param>
    /// <param name="Report">One row for each rule: coverage, overlaps, conflicts, and judged and correct rows where the truth is known.</param>
    /// <param name="Labeled">Rows with a label.</param>
    /// <param name="Tied">Rows where two labels weigh the same.</param>
    /// <param name="Conflicts">Rows where rules voted for different labels.</param>
    /// <param name="Accuracy">Of labeled rows whose truth is known, the share labeled right; null where there are none.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(ArtifactRef Table, ArtifactRef Report, long Rows, long Labeled, long Tied, long Conflicts, double? Accuracy, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("rows", inputs.Table, cancel);
            session.Seal();
            RuleVote vote = new(session, inputs);
            string labeled = Path.Combine(context.ScratchFolder, "labeled"), report = Path.Combine(context.ScratchFolder, "report");
            long[] counts = await Task.Run(() =>
            {
                session.Run(vote.Votes, cancel);
                session.Write(vote.Labeled, labeled, cancel);
                session.Write(vote.Report, report, cancel);
                return session.Counts(vote.Counts);
            }, cancel);
            ColumnLineage? lineage = SqlColumns.Of(session, vote.Labeled, new Dictionary<string, string> { ["rows"] = "table" }, context);
            Outputs outputs = new(await context.Artifacts.PutFolderAsync(labeled, "table", cancel), await context.Artifacts.PutFolderAsync(report, "table", cancel),
                counts[0], counts[1], counts[2], counts[3], counts[4] > 0 ? (double)counts[5] / counts[4] : null,
                await LineageFile.WriteColumnsAsync(context, cancel, ("table", lineage)));
            context.Log($"{outputs.Rows} rows, {outputs.Labeled} labeled, {outputs.Tied} tied, {outputs.Conflicts} with rules that disagree");
            context.Report("labeled", outputs.Labeled);
            return outputs;
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }
}
