using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using ParquetSharp;

namespace MLPlatform.Activities.Recall;

/// <summary>
/// Turns rows into the vectors of one tower of a two-tower model. Rows are read as a stream and keep their order; they need the
/// columns of that tower alone.
/// </summary>
[Activity("model.embed", Version = 1)]
[Description("Turns rows into vectors of one tower of a two-tower model; the rows need the columns of that tower alone.")]
public sealed class EmbedRows : IActivity<EmbedRows.Inputs, EmbedRows.Outputs>
{
    private const int BatchRows = 32_768;

    public sealed record Inputs
    {
        [Description("The two-tower model.")]
        public required ArtifactRef Model { get; init; }

        [Description("The rows: raw rows with the columns that the tower reads.")]
        public required ArtifactRef Table { get; init; }

        [MinLength(1)]
        [Description("The tower, by the name of its part: left or right, say.")]
        public required string Tower { get; init; }

        [Description("Columns to carry along, such as an id.")]
        public IReadOnlyList<string> Keep { get; init; } = [];

        [MinLength(1)]
        [Description("The name of the column of vectors. Default: vector.")]
        public string Vector { get; init; } = "vector";
    }

    /// <param name="Table">The kept columns and the vectors, as lists of 32-bit numbers. A left and a right one are compared by their inner product.</param>
    /// <param name="Rows">How many.</param>
    /// <param name="Width">Numbers of a vector.</param>
    public sealed record Outputs(ArtifactRef Table, long Rows, int Width);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Keep.Append(inputs.Vector).GroupBy(c => c, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw MlErrors.Bad("ML-006", $"The table of vectors would have two columns '{twice.Key}'. Name each column of 'keep' once, or set 'vector'.");
        using ModelFolder model = await TableFiles.LoadTowersAsync(context, inputs.Model, "model", cancel).ConfigureAwait(false);
        ModelTower tower = model.Towers.FirstOrDefault(t => t.Name == inputs.Tower)
            ?? throw MlErrors.Bad("ML-006", $"The model has no tower '{inputs.Tower}'; it has {DataErrors.Some(model.Towers.Select(t => t.Name))}.");
        IReadOnlyList<string> files = await TableFiles.FetchAsync(context, inputs.Table, "table", cancel).ConfigureAwait(false);
        string folder = Path.Combine(context.ScratchFolder, "vectors");
        long rows = await MlErrors.ExplainedAsync(() => Write(inputs, model, tower, files, folder, context, cancel), cancel).ConfigureAwait(false);
        context.Log(string.Create(CultureInfo.InvariantCulture, $"{rows} vectors of {tower.Width} numbers"));
        return new Outputs(await context.Artifacts.PutFolderAsync(folder, "table", cancel).ConfigureAwait(false), rows, tower.Width);
    }

    private static long Write(Inputs inputs, ModelFolder model, ModelTower tower, IReadOnlyList<string> files, string folder, ActivityContext context, CancellationToken cancel)
    {
        // Vectors that the table has already are not these, so no column counts as theirs.
        var table = new VectorRows("table", files, (model, tower), vector: "", inputs.Keep);
        ParquetFileWriter? file = null;
        long rows = 0;
        try
        {
            foreach ((ColumnBatch batch, ReadOnlyMemory<float> vectors) in table.Read(BatchRows, context.Cores, cancel))
            {
                file ??= CellColumns.Open(folder, [.. inputs.Keep.Select(c => CellColumns.Declare(batch[c])), new Column<float[]>(inputs.Vector)]);
                using RowGroupWriter group = file.AppendRowGroup();
                int[] all = [.. Enumerable.Range(0, batch.Rows)];
                foreach (string column in inputs.Keep)
                    CellColumns.Write(group, batch[column], all);
                CellColumns.Write(group, all.Select(row => vectors.Slice(row * tower.Width, tower.Width).ToArray()).ToArray());
                rows += batch.Rows;
                context.Progress(rows / (double)table.Count, string.Create(CultureInfo.InvariantCulture, $"{rows} of {table.Count} rows"));
            }
            file!.Close();
            return rows;
        }
        finally
        {
            file?.Dispose();
        }
    }
}
