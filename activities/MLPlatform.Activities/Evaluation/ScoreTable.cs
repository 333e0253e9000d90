using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Evaluation;

/// <summary>Adds a model's scores to the rows of a table, which need no label. Rows are read as a stream and keep their order.</summary>
[Activity("model.score", Version = 1)]
[Description("Adds a model's scores to the rows of a table; the rows need no label.")]
public sealed class ScoreTable : IActivity<ScoreTable.Inputs, ScoreTable.Outputs>
{
    public sealed record Inputs
    {
        [Description("The model.")]
        public required ArtifactRef Model { get; init; }

        [Description("The rows to score: raw rows with the columns that the model reads.")]
        public required ArtifactRef Table { get; init; }

        [MinLength(1)]
        [Description("The name of the column with the probability of label 1. Default: score.")]
        public string Score { get; init; } = "score";
    }

    /// <param name="Table">The rows with their score.</param>
    /// <param name="Rows">Rows scored.</param>
    /// <param name="MeanScore">The mean score, to compare with the rate of positives; null where there are no rows.</param>
    public sealed record Outputs(ArtifactRef Table, long Rows, double? MeanScore);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        using ModelFolder model = await TableFiles.LoadModelAsync(context, inputs.Model, "model", cancel).ConfigureAwait(false);
        IReadOnlyList<string> files = await TableFiles.FetchAsync(context, inputs.Table, "table", cancel).ConfigureAwait(false);
        string scores = Path.Combine(context.ScratchFolder, "scores"), scored = Path.Combine(context.ScratchFolder, "scored");
        try
        {
            using DuckSession session = DuckSession.Open(context);
            await session.AttachAsync("rows", inputs.Table, cancel).ConfigureAwait(false);
            if (session.Columns("rows").Any(c => c.Name.Equals(inputs.Score, StringComparison.OrdinalIgnoreCase)))
                throw DataErrors.Bad("DATA-043", $"The rows already have a column '{inputs.Score}'. Leave it out of them, or set score.");
            (long rows, double sum) = await MlErrors.ExplainedAsync(() => Score(model, files, scores, context, cancel), cancel).ConfigureAwait(false);
            session.AttachFiles("scores", [.. Directory.EnumerateFiles(scores, "*.parquet").Order(StringComparer.Ordinal)], byDay: false);
            await Task.Run(() => session.Write($"""
                SELECT r.* EXCLUDE (_mlp_row), s.score AS {DuckSession.Name(inputs.Score)}
                FROM (SELECT row_number() OVER () AS _mlp_row, * FROM rows) r JOIN (SELECT row_number() OVER () AS _mlp_row, score FROM scores) s USING (_mlp_row) ORDER BY r._mlp_row
                """, scored, cancel), cancel).ConfigureAwait(false);
            context.Log(string.Create(CultureInfo.InvariantCulture, $"{rows} rows scored, {sum / Math.Max(rows, 1):F4} on average"));
            return new Outputs(await context.Artifacts.PutFolderAsync(scored, "table", cancel).ConfigureAwait(false), rows, rows > 0 ? sum / rows : null);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static (long Rows, double Sum) Score(ModelFolder model, IReadOnlyList<string> files, string folder, ActivityContext context, CancellationToken cancel)
    {
        ParquetRows table = new(files, model.Columns);
        (long total, long rows, double sum) = (table.CountRows(), 0, 0);
        float[] scores = [];
        using TableWriter writer = new(folder, [new TableColumn("score", ColumnType.Double)]);
        foreach (ColumnBatch batch in table.Read())
        {
            cancel.ThrowIfCancellationRequested();
            if (scores.Length < batch.Rows)
                scores = new float[batch.Rows];
            model.Score(batch, scores);
            foreach (float score in scores.AsSpan(0, batch.Rows))
            {
                writer.RowsFor(null).Double(0, score);
                writer.EndRow();
                sum += score;
            }
            rows += batch.Rows;
            context.Progress((double)rows / total, string.Create(CultureInfo.InvariantCulture, $"{rows} of {total} rows scored"));
        }
        writer.Complete();
        return (rows, sum);
    }
}
