using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;

namespace MLPlatform.Activities.Datasets;

/// <summary>
/// Finds a version of a dataset. It is asked anew in every run, and what comes after it is cached by the content found:
/// a new version runs the rest again, the same one does not.
/// </summary>
[Activity("dataset.read", Cacheable = false, Outputs = typeof(ReadDataset.Outputs))]
[Description("Finds a version of a named dataset: the latest, a number, or the latest as of an instant.")]
public sealed class ReadDataset(IDatasetStore datasets) : IInlineActivity<ReadDataset.Inputs>
{
    public sealed record Inputs
    {
        [Description("The dataset's name.")]
        public required string Name { get; init; }

        [Range(1, int.MaxValue, ErrorMessage = "{0} must be at least 1.")]
        [Description("The version, from 1. Default: the latest.")]
        public int? Version { get; init; }

        [Description("The latest version published at this instant or before. Default: now.")]
        public DateTimeOffset? AsOf { get; init; }

        [Description("Whether it may be that there is no such version yet: then table and publishedAt are null, and version is 0. Default: false, it fails.")]
        public bool Optional { get; init; }
    }

    /// <param name="Table">The version's table; null where there is none.</param>
    /// <param name="Version">Its number; 0 where there is none.</param>
    /// <param name="PublishedAt">When the version was published.</param>
    public sealed record Outputs(ArtifactRef? Table, string Name, int Version, long Rows, IReadOnlyList<DatasetColumn> Columns, IReadOnlyList<string> Days, DateTimeOffset? PublishedAt);

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Version is not null && inputs.AsOf is not null)
            throw DataErrors.Bad("DSET-009", "Give 'version' or 'asOf', not both.");
        if (await datasets.FindVersionAsync(inputs.Name, inputs.Version, inputs.AsOf, cancel).ConfigureAwait(false) is not { } version)
        {
            ActivityException missing = await NotFoundAsync(inputs, cancel).ConfigureAwait(false);
            context.Log(missing.Message);
            return inputs.Optional ? Done(new Outputs(null, inputs.Name, 0, 0, [], [], null)) : throw missing;
        }
        if (version.RemovedAt is { } removed)
            throw DataErrors.Bad("DSET-008", $"Version {version.Version} of the dataset '{inputs.Name}' was given up by retention on {removed:u}. Read a later version, or keep more of them.");
        await datasets.RecordReadAsync(context.Attempt.Run, context.Attempt.Node, version, cancel).ConfigureAwait(false);
        context.Log($"{version.Dataset} version {version.Version}: {version.Rows} rows");
        return Done(new Outputs(version.Artifact, version.Dataset, version.Version, version.Rows, version.Columns, version.Days, version.CreatedAt));
    }

    private static InlineResult.Completed Done(Outputs outputs) => new(JsonSerializer.SerializeToElement(outputs, ActivityJson.Options));

    private async Task<ActivityException> NotFoundAsync(Inputs inputs, CancellationToken cancel)
    {
        IReadOnlyList<Dataset> all = await datasets.ListAsync(cancel).ConfigureAwait(false);
        if (all.FirstOrDefault(d => d.Name == inputs.Name) is not { } dataset)
            return DataErrors.Bad("DSET-005", $"There is no dataset '{inputs.Name}'.{DataErrors.DidYouMean(inputs.Name, all.Select(d => d.Name))} 'mlp datasets list' shows those there are.");
        return DataErrors.Bad("DSET-007", inputs.Version is { } number
            ? $"The dataset '{inputs.Name}' has no version {number.ToString(CultureInfo.InvariantCulture)}; its latest is {dataset.LatestVersion.ToString(CultureInfo.InvariantCulture)}."
            : $"The dataset '{inputs.Name}' had no version yet at {inputs.AsOf:u}.");
    }
}
