using MLPlatform.Activities.Training;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Recall;

/// <summary>Rows of a table, each with a vector: made of its columns by a tower, or read from a column of vectors.</summary>
/// <param name="input">The name of the table among the inputs.</param>
/// <param name="files">The table's files.</param>
/// <param name="model">A model with towers, and which of them: what makes vectors where the table has none.</param>
/// <param name="vector">The name of a column of vectors.</param>
/// <param name="columns">What else of the rows is wanted.</param>
internal sealed class VectorRows(string input, IReadOnlyList<string> files, (ModelFolder Model, ModelTower Tower)? model, string vector, IReadOnlyList<string> columns)
{
    // Rows that a thread takes at once.
    private const int Piece = 512;

    /// <summary>How many rows there are.</summary>
    public long Count { get; } = new ParquetRows(files, []).CountRows();

    private readonly bool _areThere = VectorColumn.IsIn(files, vector);

    /// <summary>Reads all rows in order; batch and vectors are the same objects each time, with new content.</summary>
    /// <param name="batchRows">Rows of a batch.</param>
    /// <param name="threads">How many threads compute vectors.</param>
    /// <exception cref="VlpsException">A column is missing.</exception>
    public IEnumerable<(ColumnBatch Batch, ReadOnlyMemory<float> Vectors)> Read(int batchRows, int threads, CancellationToken cancel)
    {
        if (Count == 0)
            throw MlErrors.Bad("ML-005", $"The table of the input '{input}' has no rows.");
        if (!_areThere && model is null)
        {
            throw MlErrors.Bad("ML-006",
                $"The table of the input '{input}' has no column '{vector}' of vectors, and there is no model to make them: give 'model', or vectors from model.embed.");
        }
        IEnumerable<string> needed = _areThere ? columns : columns.Concat(model!.Value.Tower.Columns);
        float[] vectors = [];
        using var column = new VectorColumn(files, vector);
        foreach (ColumnBatch batch in Named(new ParquetRows(files, [.. needed.Distinct(StringComparer.Ordinal)], batchRows).Read()))
        {
            cancel.ThrowIfCancellationRequested();
            if (_areThere)
                column.Read(batch.Rows, ref vectors);
            else
                Embed(batch, ref vectors, threads, cancel);
            int width = _areThere ? column.Width : model!.Value.Tower.Width;
            yield return (batch, vectors.AsMemory(0, batch.Rows * width));
        }
    }

    private void Embed(ColumnBatch batch, ref float[] vectors, int threads, CancellationToken cancel)
    {
        (ModelFolder towers, ModelTower tower) = model!.Value;
        if (vectors.Length < batch.Rows * tower.Width)
            vectors = new float[batch.Rows * tower.Width];
        float[] into = vectors;
        Parallel.For(0, (batch.Rows + Piece - 1) / Piece, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel }, piece =>
        {
            int first = piece * Piece, rows = Math.Min(Piece, batch.Rows - first);
            towers.Embed(batch, first, tower, into.AsSpan(first * tower.Width, rows * tower.Width));
        });
    }

    // There are several tables: a column that is missing says of which.
    private IEnumerable<ColumnBatch> Named(IEnumerable<ColumnBatch> batches)
    {
        using IEnumerator<ColumnBatch> each = batches.GetEnumerator();
        while (true)
        {
            try
            {
                if (!each.MoveNext())
                    yield break;
            }
            catch (VlpsException problem) when (problem.Problem == VlpsProblem.MissingColumn)
            {
                string tower = _areThere || model is null ? "" : $" The tower '{model.Value.Tower.Name}' reads {string.Join(", ", model.Value.Tower.Columns)}.";
                throw MlErrors.Bad(problem.Code, $"The input '{input}' does not fit: {problem.Message}.{tower}", problem);
            }
            yield return each.Current;
        }
    }
}
