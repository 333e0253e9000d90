using System.ComponentModel;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Fits declared features on the training table in one streaming pass. The output is the fitted specification alone:
/// training, evaluation and serving apply it to raw rows through the same code, so no transformed copy of the table is
/// kept, and none can disagree with what serving computes.
/// </summary>
[Activity(BuildFeatures.Type)]
[Description("Fits declared features (hash, bucketize, log, cross, standardize, oneHot, textNgram, numeric) on the training table.")]
public sealed class BuildFeatures : IActivity<BuildFeatures.Inputs, BuildFeatures.Outputs>
{
    internal const string Type = "features.build";

    public sealed record Inputs
    {
        [Description("The training table. Fit on it alone: what is learned from test rows is a leak.")]
        public required ArtifactRef Table { get; init; }

        [Description("What to make of its columns.")]
        public required IReadOnlyList<FeatureDeclaration> Features { get; init; }
    }

    /// <param name="Features">The fitted specification.</param>
    /// <param name="Rows">Rows it was fitted on.</param>
    /// <param name="Count">How many features it makes.</param>
    /// <param name="Columns">The columns that a row must have.</param>
    /// <param name="Lineage">Which columns each feature reads.</param>
    public sealed record Outputs(ArtifactRef Features, long Rows, int Count, IReadOnlyList<string> Columns, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        IReadOnlyList<string> files = await TableFiles.FetchAsync(context, inputs.Table, "table", cancel).ConfigureAwait(false);
        FeatureSpec spec = await MlErrors.ExplainedAsync(() => Fit(inputs.Features, files, context, cancel), cancel).ConfigureAwait(false);
        foreach (FittedColumn column in spec.Columns.Where(c => c.Missing > 0))
            context.Log($"column {column.Name}: missing in {column.Missing} of {spec.Rows} rows");
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "fitted")).FullName;
        string file = Path.Combine(folder, FeatureSpec.FileName);
        spec.Save(file);
        ArtifactRef artifact = await context.Artifacts.PutFileAsync(file, "features", FeatureSpec.FileName, cancel).ConfigureAwait(false);
        context.Report("rows", spec.Rows);
        ColumnLineage lineage = new([.. spec.Features.Select(f => new MadeColumn(f.Name, [.. f.Columns.Distinct().Select(c => new ColumnSource("table", c, ColumnUse.Transformation))]))], []);
        return new Outputs(artifact, spec.Rows, spec.Features.Count, [.. spec.Columns.Select(c => c.Name)], await LineageFile.WriteColumnsAsync(context, cancel, ("features", lineage)).ConfigureAwait(false));
    }

    private static FeatureSpec Fit(IReadOnlyList<FeatureDeclaration> features, IReadOnlyList<string> files, ActivityContext context, CancellationToken cancel)
    {
        var all = new ParquetRows(files, []);
        long total = Math.Max(1, all.CountRows());
        return FeatureFitter.Fit(features, all.ColumnNames(), columns => Watched(new ParquetRows(files, columns)));

        IEnumerable<ColumnBatch> Watched(ParquetRows rows)
        {
            long read = 0;
            foreach (ColumnBatch batch in rows.Read())
            {
                cancel.ThrowIfCancellationRequested();
                yield return batch;
                read += batch.Rows;
                context.Progress(Math.Min(1, read / (double)total), $"{read} of {total} rows");
            }
        }
    }
}
