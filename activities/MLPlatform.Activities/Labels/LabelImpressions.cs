using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Labels;

/// <summary>
/// Labels impressions with the feedback that followed them: 1 where an event with the impression's key arrived within
/// the attribution window, else 0. Every impression is kept exactly once, in its order; every feedback event has
/// exactly one fate: matched, duplicate, outside the window, or unmatched.
/// </summary>
/// <remarks>With times an event belongs to the latest impression of its key that is not later than the event. Without
/// times the key must tell impressions apart.</remarks>
[Activity("data.label", Version = 1)]
[Description("Joins feedback events to impressions by key within an attribution window; every impression is kept once and gets a label of 0 or 1.")]
public sealed class LabelImpressions : IActivity<LabelImpressions.Inputs, LabelImpressions.Outputs>
{
    public sealed record Inputs
    {
        [Description("The impressions; each becomes one labeled row.")]
        public required ArtifactRef Impressions { get; init; }

        [Description("The feedback events, such as clicks.")]
        public required ArtifactRef Feedback { get; init; }

        [MinLength(1)]
        [Description("The columns that say which impression an event is about. A row without a value in one of them matches nothing.")]
        public required IReadOnlyList<string> Key { get; init; }

        [Description("The same columns in the feedback, in the same order. Default: the names of key.")]
        public IReadOnlyList<string>? FeedbackKey { get; init; }

        [Description("The timestamp column of impressions. Needed with window.")]
        public string? ImpressionTime { get; init; }

        [Description("The timestamp column of feedback. Needed with window.")]
        public string? FeedbackTime { get; init; }

        [Description("The attribution window, ISO 8601, for example PT30M: the longest time from an impression to an event, both ends included. Default: no limit.")]
        public TimeSpan? Window { get; init; }

        [Description("Feedback events equal in these columns are one event. Default: all columns of the feedback.")]
        public IReadOnlyList<string>? DeduplicateBy { get; init; }

        [MinLength(1)]
        [Description("The name of the label column. Default: label.")]
        public string Label { get; init; } = "label";

        [Description("A column of the feedback to take along: the first matching event's value. Default: none.")]
        public string? Value { get; init; }
    }

    /// <param name="Table">The impressions with their label, in their order.</param>
    /// <param name="Impressions">Rows of the table: every impression once.</param>
    /// <param name="Clicks">Impressions with label 1.</param>
    /// <param name="Feedback">Feedback events read: always matched + duplicate + outside the window + unmatched.</param>
    /// <param name="MatchedFeedback">Events that belong to an impression; several may belong to one.</param>
    /// <param name="DuplicateFeedback">Events equal to an earlier one.</param>
    /// <param name="OutsideWindow">Events whose impressions are all later, or too long ago.</param>
    /// <param name="UnmatchedFeedback">Events whose key no impression has, or that lack a key or a needed time.</param>
    /// <param name="Lineage">What the columns were made of; null where it is not known.</param>
    public sealed record Outputs(
        ArtifactRef Table, long Impressions, long Clicks, long Feedback,
        long MatchedFeedback, long DuplicateFeedback, long OutsideWindow, long UnmatchedFeedback, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        Check(inputs);
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("impressions", inputs.Impressions, cancel);
            await session.AttachAsync("feedback", inputs.Feedback, cancel);
            session.Seal();
            string folder = Path.Combine(context.ScratchFolder, "labeled");
            LabelJoin join = new(session, inputs);
            long[] counts = await Task.Run(() => Label(session, join, folder, cancel), cancel);
            ColumnLineage? lineage = SqlColumns.Of(session, join.Labeled, new Dictionary<string, string> { ["impressions"] = "impressions", ["feedback"] = "feedback" }, context);
            Outputs outputs = new(await context.Artifacts.PutFolderAsync(folder, "table", cancel),
                counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6],
                await LineageFile.WriteColumnsAsync(context, cancel, ("table", lineage)));
            Account(outputs, context);
            return outputs;
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static void Check(Inputs inputs)
    {
        if ((inputs.ImpressionTime is null) != (inputs.FeedbackTime is null))
            throw DataErrors.Bad("DATA-040", "Give both impressionTime and feedbackTime, or neither.");
        if (inputs.FeedbackKey is { } key && key.Count != inputs.Key.Count)
            throw DataErrors.Bad("DATA-040", $"key has {inputs.Key.Count} columns and feedbackKey {key.Count}; they are compared one by one.");
        if (inputs.Window is not null && inputs.ImpressionTime is null)
            throw DataErrors.Bad("DATA-040", "A window needs impressionTime and feedbackTime.");
        if (inputs.Window < TimeSpan.Zero)
            throw DataErrors.Bad("DATA-040", "The window is negative: events come after impressions.");
    }

    private static long[] Label(DuckSession session, LabelJoin join, string folder, CancellationToken cancel)
    {
        foreach (string step in join.Steps)
            session.Run(step, cancel);
        long[] counts = session.Counts(LabelJoin.Counts);
        long rows = session.Write(join.Labeled, folder, cancel).Rows;
        if (rows != counts[0])
            throw new InvalidOperationException($"{counts[0]} impressions became {rows} labeled rows");
        return counts;
    }

    private static void Account(Outputs outputs, ActivityContext context)
    {
        context.Log(string.Create(CultureInfo.InvariantCulture,
            $"{outputs.Impressions} impressions, {outputs.Clicks} labeled 1; {outputs.Feedback} events: {outputs.MatchedFeedback} matched, "
            + $"{outputs.DuplicateFeedback} duplicate, {outputs.OutsideWindow} outside the window, {outputs.UnmatchedFeedback} unmatched"));
        context.Report("impressions", outputs.Impressions);
        context.Report("clicks", outputs.Clicks);
    }
}
