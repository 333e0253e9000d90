using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Labels;

namespace MLPlatform.Activities.Labels;

/// <summary>
/// Asks people to label the rows of a table and waits, durably and without holding anything, until enough of them did or
/// the deadline came. A step that runs again finds its batch and everything that people did in it.
/// </summary>
[Activity("label.human", Cacheable = false, Outputs = typeof(LabelTable.Outputs))]
[Description("Asks people to label the rows of a table, waits until enough of them did or a deadline came, and gives the labels as a table.")]
public sealed class LabelByPeople(ILabelStore store) : IInlineActivity<LabelByPeople.Inputs>
{
    /// <summary>The signal that ends the wait; the platform sends it when the batch closes.</summary>
    public const string Signal = "labels";

    public sealed record Inputs
    {
        [Description("The rows to label.")]
        public required ArtifactRef Table { get; init; }

        [Description("The column that names each row; no value may be missing or occur twice.")]
        public required string Item { get; init; }

        [Description("The columns that people see. Default: all.")]
        public IReadOnlyList<string>? Show { get; init; }

        [Description("What people are asked: classification, multiLabel, span, pairwise or boundingBox. Default: classification.")]
        public LabelKind Kind { get; init; } = LabelKind.Classification;

        [Description("The labels there are; none for pairwise.")]
        public IReadOnlyList<string> Labels { get; init; } = [];

        [Description("What people are told.")]
        public string? Instructions { get; init; }

        [Range(1, 100)]
        [Description("Different people that must label each row. Default: 1.")]
        public int PerItem { get; init; } = 1;

        [Range(1, 100)]
        [Description("A row that so many people skipped stays without a label. Default: 3.")]
        public int SkipLimit { get; init; } = 3;

        [Description("How long people have, ISO 8601, for example P3D; then the batch closes with what it has. Default: for ever.")]
        public TimeSpan? Within { get; init; }

        [Description("When the batch closes with what it has, as an instant. Default: never.")]
        public DateTimeOffset? Deadline { get; init; }

        [Description("A column with the right answer of some rows: the label, or the answer as JSON. People do not see it; it tells how often each is right. Default: none.")]
        public string? Gold { get; init; }

        [Description("People who decide rows on which two answers have as many votes, besides administrators; the batch waits for them. Default: nobody, such rows stay without a label.")]
        public IReadOnlyList<string>? Adjudicators { get; init; }

        [Range(1, 100_000)]
        [Description("Most rows of the table; more is an error, not a cut. Default: 10000.")]
        public int MaxItems { get; init; } = 10_000;
    }

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        Check(inputs);
        string hash = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(inputs, ActivityJson.Options)));
        DateTimeOffset now = context.Time.GetUtcNow();
        DateTimeOffset? deadline = inputs.Within is { } within ? now + within : inputs.Deadline;
        bool again = await store.FindAsync(context.Attempt.Run, context.Activity, hash, cancel).ConfigureAwait(false) is not null;
        if (!again && deadline <= now)
            throw DataErrors.Bad("LABEL-003", $"The deadline {deadline:u} has passed already. Give a later one, or 'within'.");
        // Off the engine's thread: a table is read from disk.
        IReadOnlyList<LabelItem> items = await Task.Run(() => LabelItems.ReadAsync(context.Artifacts, inputs, cancel), cancel).ConfigureAwait(false);
        LabelBatch batch = await store.OpenAsync(new LabelBatchDraft(
            context.Attempt.Run, context.Activity, hash, context.Pipeline, new LabelQuestion(inputs.Kind, inputs.Labels, inputs.Instructions),
            new LabelRule(inputs.PerItem, inputs.SkipLimit, deadline, inputs.Adjudicators), items), cancel).ConfigureAwait(false);
        if (items.Count == 0)
            await store.CloseAsync(batch.Id, "complete", cancel).ConfigureAwait(false);
        context.Log($"Labeling batch {batch.Id}: {items.Count} items wait for {inputs.PerItem} labels each. 'mlp labels next {batch.Id}' gives the first.");
        return new InlineResult.Deferred(null, null, Signal);
    }

    private static void Check(Inputs inputs)
    {
        if (inputs.Kind == LabelKind.Pairwise ? inputs.Labels.Count > 0 : inputs.Labels.Count == 0)
            throw DataErrors.Bad("LABEL-001", inputs.Kind == LabelKind.Pairwise ? "A pairwise preference has no labels: people answer a, b or tie." : "Name the labels that people choose from.");
        if (inputs.Labels.Distinct(StringComparer.Ordinal).Count() < inputs.Labels.Count || inputs.Labels.Any(string.IsNullOrWhiteSpace))
            throw DataErrors.Bad("LABEL-001", "A label is empty or occurs twice.");
        if (inputs.Within is not null && inputs.Deadline is not null)
            throw DataErrors.Bad("LABEL-002", "Give 'within' or 'deadline', not both.");
        if (inputs.Within <= TimeSpan.Zero)
            throw DataErrors.Bad("LABEL-003", "'within' must be longer than nothing.");
    }
}
