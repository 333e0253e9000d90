using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;

namespace MLPlatform.Activities.Datasets;

/// <summary>How a table becomes a version.</summary>
public enum PublishMode
{
    /// <summary>The version is the table.</summary>
    Replace,

    /// <summary>The version is the one before it with the table's days added; a day that was there already is replaced.</summary>
    Append,

    /// <summary>The version is the one before it with the table's rows added, day by day; a file whose content a day has already is not added again.</summary>
    Merge,
}

/// <summary>
/// Publishes a table as the next version of a dataset, if it fits the dataset's schema. The content that is the latest
/// version already stays that version, and an attempt that runs again after a crash gets the version it made.
/// </summary>
[Activity("dataset.publish", Cacheable = false, Outputs = typeof(PublishDataset.Outputs))]
[Description("Publishes a table as the next version of a named dataset, after checking its schema; equal content stays the same version.")]
public sealed class PublishDataset(IDatasetStore datasets) : IInlineActivity<PublishDataset.Inputs>
{
    private const int Tries = 5;

    public sealed record Inputs
    {
        [Description("The dataset's name: letters, digits, '-', '_' and '.'.")]
        [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")]
        public required string Name { get; init; }

        [Description("The table.")]
        public required ArtifactRef Table { get; init; }

        [Description("replace: the version is the table. append: the days of the table, partitioned by day, are added to the latest version or replace its own. merge: the rows of its days are added to the days of the latest version. Default: replace.")]
        public PublishMode Mode { get; init; } = PublishMode.Replace;

        [Description("Columns that every version must have, with their types; others are allowed. Kept with the dataset. Default: what was declared before.")]
        public IReadOnlyList<DatasetColumn>? Columns { get; init; }

        [Description("What a version may change: additive (columns may be added), exact or any. Kept with the dataset. Default: what was declared before, at first additive.")]
        public Compatibility? Compatibility { get; init; }

        [Description("Whether this version alone may remove columns or change their types. Default: false.")]
        public bool AllowBreaking { get; init; }

        [Description("Columns that together name a row, for comparing versions. Kept with the dataset. Default: what was declared before.")]
        public IReadOnlyList<string>? Keys { get; init; }

        [Range(1, 1_000_000)]
        [Description("The newest versions to keep. Kept with the dataset. Default: what was declared before, at first all.")]
        public int? KeepVersions { get; init; }

        [Range(1, 100_000)]
        [Description("Days that a version is kept at least. Kept with the dataset. Default: what was declared before, at first for ever.")]
        public int? KeepDays { get; init; }

        [Description("What the dataset is. Default: what was said before.")]
        public string? Description { get; init; }
    }

    /// <param name="Table">The version's table; after an append or a merge it holds the earlier days too.</param>
    /// <param name="IsNew">False where the content was the latest version already.</param>
    /// <param name="Days">The days it is partitioned by.</param>
    public sealed record Outputs(string Name, int Version, bool IsNew, ArtifactRef Table, long Rows, IReadOnlyList<string> Days);

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        DatasetSettings settings = new(inputs.Compatibility, inputs.Columns, inputs.Keys, inputs.KeepVersions, inputs.KeepDays, inputs.Description);
        for (int tries = 1; ; tries++)
        {
            // Off the engine's thread: files are read.
            (ArtifactRef table, TableFacts facts, int? before) = await Task.Run(() => VersionAsync(inputs, context.Artifacts, cancel), cancel).ConfigureAwait(false);
            switch (await datasets.PublishAsync(new DatasetPublication(
                inputs.Name, table, facts, settings, before, inputs.AllowBreaking, context.Attempt, context.Pipeline), cancel).ConfigureAwait(false))
            {
                case PublishResult.Published published:
                    return Done(published);
                case PublishResult.Refused refused:
                    throw DataErrors.Bad("DSET-001", $"The table does not fit the dataset '{inputs.Name}': {string.Join("; ", refused.Problems)}. "
                        + "Correct the table, or say what may change with compatibility or allowBreaking.");
                case PublishResult.Moved moved when tries >= Tries:
                    throw new ActivityException("DSET-006", $"Others published '{inputs.Name}' again and again while days were being added; it is at version {moved.Latest}. Run the activity again.",
                        Core.Runs.FailureKind.Infrastructure);
            }
        }
    }

    private static InlineResult.Completed Done(PublishResult.Published published)
    {
        DatasetVersion version = published.Version;
        return new(JsonSerializer.SerializeToElement(
            new Outputs(version.Dataset, version.Version, published.IsNew, version.Artifact, version.Rows, version.Days), ActivityJson.Options));
    }

    /// <summary>The table that the version is to be, what it holds, and the version it was added to.</summary>
    private async Task<(ArtifactRef, TableFacts, int?)> VersionAsync(Inputs inputs, IArtifactStore artifacts, CancellationToken cancel)
    {
        if (inputs.Mode == PublishMode.Replace)
            return (inputs.Table, await TableFooters.ReadAsync(inputs.Table, artifacts, cancel).ConfigureAwait(false), null);
        DatasetVersion? latest = await datasets.FindVersionAsync(inputs.Name, null, null, cancel).ConfigureAwait(false);
        ArtifactRef table = await DayPartitions.AddAsync(latest?.Artifact, inputs.Table, inputs.Mode == PublishMode.Merge, artifacts, cancel).ConfigureAwait(false);
        return (table, await TableFooters.ReadAsync(table, artifacts, cancel).ConfigureAwait(false), latest?.Version ?? 0);
    }
}
