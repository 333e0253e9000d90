using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Training;

/// <summary>Samples made on the fly from raw rows of Parquet files. Memory is bounded by one block.</summary>
/// <param name="files">The table's files, in order.</param>
/// <param name="spec">The fitted features.</param>
/// <param name="label">The label.</param>
/// <param name="weightColumn">A column of sample weights, or null: all weigh 1.</param>
/// <param name="blockRows">Rows of a block, which is also the window samples are shuffled in. Default: 65,536.</param>
public sealed class ParquetSamples(
    IReadOnlyList<string> files, FeatureSpec spec, LabelColumn label, string? weightColumn = null, int blockRows = 65_536) : ISampleSource
{
    /// <summary>A block ends early at this many features, about 50 MB, however long its rows are.</summary>
    public const int BlockFeatures = 4_000_000;

    public long CountRows() => new ParquetRows(files, []).CountRows();

    public IEnumerable<SampleBlock> Read()
    {
        var transform = new FeatureTransform(spec);
        string[] extra = weightColumn is null ? [label.Column] : [label.Column, weightColumn];
        var block = new SampleBlock();
        foreach (ColumnBatch batch in new ParquetRows(files, [.. transform.Columns, .. extra]).Read())
        {
            transform.Bind(batch);
            Column labels = batch[label.Column];
            Column? weights = weightColumn is null ? null : batch[weightColumn];
            for (int row = 0; row < batch.Rows; row++)
            {
                float value = Label(label, labels, row);
                transform.Encode(row, block);
                block.EndRow(value, weights is null ? 1f : Weight(weights, row));
                if (block.Rows < blockRows && block.Count < BlockFeatures)
                    continue;
                yield return block;
                block.Clear();
            }
        }
        if (block.Rows > 0)
            yield return block;
    }

    internal static float Label(LabelColumn label, Column cells, int row) => label.Read(cells, row) ?? throw new VlpsException(VlpsProblem.Label,
        $"the label column '{label.Column}' is missing in a row; drop such rows in a data.clean step");

    internal static float Weight(Column cells, int row) =>
        cells.TryNumber(row, out double weight) && weight is >= 0 and < 1e9
            ? (float)weight
            : throw new VlpsException(VlpsProblem.Option, $"the weight column '{cells.Name}' holds '{cells.Describe(row)}'; weights are numbers of 0 or above");
}
