using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Training;

/// <summary>Samples by field made on the fly from raw rows of Parquet files. Memory is bounded by one block.</summary>
/// <param name="files">The table's files, in order.</param>
/// <param name="spec">The fitted features.</param>
/// <param name="labels">The label of each task.</param>
/// <param name="weightColumn">A column of sample weights, or null: all weigh 1.</param>
/// <param name="blockRows">Rows of a block, which is also the window samples are shuffled in. Default: 65,536.</param>
/// <param name="blockIds">Ids at which a block ends early. Default: 4 million.</param>
public sealed class FieldSamples(
    IReadOnlyList<string> files, FeatureSpec spec, IReadOnlyList<LabelColumn> labels, string? weightColumn = null, int blockRows = 65_536,
    int blockIds = ParquetSamples.BlockFeatures)
{
    /// <summary>Rows that will be read, for progress.</summary>
    public long CountRows() => new ParquetRows(files, []).CountRows();

    /// <summary>Reads all samples into the block, again and again, and gives it back each time it is full.</summary>
    /// <param name="block">The block.</param>
    /// <param name="skip">Samples to leave out at the beginning: whole blocks, so that the others hold the same samples.</param>
    /// <param name="count">Samples to read, if there are so many.</param>
    public IEnumerable<FieldBlock> Read(FieldBlock block, long skip = 0, long count = long.MaxValue)
    {
        var encoder = new FieldEncoder(spec);
        IEnumerable<string> extra = [.. labels.Select(l => l.Column), .. weightColumn is null ? [] : new[] { weightColumn }];
        int ids = 0;
        block.Clear();
        foreach (ColumnBatch batch in new ParquetRows(files, [.. encoder.Columns.Concat(extra).Distinct(StringComparer.Ordinal)]).Read(skip, count))
        {
            encoder.Bind(batch);
            Column[] cells = [.. labels.Select(l => batch[l.Column])];
            Column? weights = weightColumn is null ? null : batch[weightColumn];
            for (int row = 0; row < batch.Rows; row++)
            {
                ids += encoder.Encode(row, block);
                int sample = block.EndRow(ParquetSamples.Label(labels[0], cells[0], row), weights is null ? 1f : ParquetSamples.Weight(weights, row));
                for (int task = 1; task < labels.Count; task++)
                    block.Labels(task)[sample] = ParquetSamples.Label(labels[task], cells[task], row);
                if (block.Rows < blockRows && ids < blockIds)
                    continue;
                yield return block;
                block.Clear();
                ids = 0;
            }
        }
        if (block.Rows > 0)
            yield return block;
    }
}
