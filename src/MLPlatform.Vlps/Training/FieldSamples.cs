using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Training;

/// <summary>Samples by field made on the fly from raw rows. Memory is bounded by one block.</summary>
/// <param name="rows">The raw rows with the columns that are asked for, as often as the samples are read: how many to skip, how many then.</param>
/// <param name="count">How many there are, for progress.</param>
/// <param name="spec">The fitted features.</param>
/// <param name="labels">The label of each task.</param>
/// <param name="weightColumn">A column of sample weights, or null: all weigh 1.</param>
/// <param name="blockRows">Rows of a block, which is also the window samples are shuffled in. Default: 65,536.</param>
/// <param name="blockIds">Ids at which a block ends early, about 50 MB, however long its rows are. Default: 4 million.</param>
public sealed class FieldSamples(
    Func<IReadOnlyList<string>, long, long, IEnumerable<ColumnBatch>> rows, Func<long> count, FeatureSpec spec, IReadOnlyList<LabelColumn> labels, string? weightColumn = null,
    int blockRows = 65_536, int blockIds = FieldSamples.BlockIds)
{
    private const int BlockIds = 4_000_000;

    /// <param name="files">A table's Parquet files, in order.</param>
    /// <param name="spec">The fitted features.</param>
    /// <param name="labels">The label of each task.</param>
    /// <param name="weightColumn">A column of sample weights, or null: all weigh 1.</param>
    /// <param name="blockRows">Rows of a block. Default: 65,536.</param>
    /// <param name="blockIds">Ids at which a block ends early. Default: 4 million.</param>
    public FieldSamples(
        IReadOnlyList<string> files, FeatureSpec spec, IReadOnlyList<LabelColumn> labels, string? weightColumn = null, int blockRows = 65_536, int blockIds = BlockIds)
        : this((columns, skip, most) => new ParquetRows(files, columns).Read(skip, most), () => new ParquetRows(files, []).CountRows(), spec, labels, weightColumn, blockRows, blockIds)
    {
    }

    /// <summary>Rows that will be read, for progress.</summary>
    public long CountRows() => count();

    /// <summary>Reads all samples into the block, again and again, and gives it back each time it is full.</summary>
    /// <param name="block">The block.</param>
    /// <param name="skip">Samples to leave out at the beginning: whole blocks, so that the others hold the same samples.</param>
    /// <param name="most">Samples to read, if there are so many.</param>
    public IEnumerable<FieldBlock> Read(FieldBlock block, long skip = 0, long most = long.MaxValue)
    {
        var encoder = new FieldEncoder(spec);
        IEnumerable<string> extra = [.. labels.Select(l => l.Column), .. weightColumn is null ? [] : new[] { weightColumn }];
        int ids = 0;
        block.Clear();
        foreach (ColumnBatch batch in rows([.. encoder.Columns.Concat(extra).Distinct(StringComparer.Ordinal)], skip, most))
        {
            encoder.Bind(batch);
            Column[] cells = [.. labels.Select(l => batch[l.Column])];
            Column? weights = weightColumn is null ? null : batch[weightColumn];
            for (int row = 0; row < batch.Rows; row++)
            {
                ids += encoder.Encode(row, block);
                int sample = block.EndRow(Label(labels[0], cells[0], row), weights is null ? 1f : Weight(weights, row));
                for (int task = 1; task < labels.Count; task++)
                    block.Labels(task)[sample] = Label(labels[task], cells[task], row);
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

    private static float Label(LabelColumn label, Column cells, int row) => label.Read(cells, row) ?? throw new VlpsException(VlpsProblem.Label,
        $"the label column '{label.Column}' is missing in a row; drop such rows in a data.clean step");

    private static float Weight(Column cells, int row) =>
        cells.TryNumber(row, out double weight) && weight is >= 0 and < 1e9
            ? (float)weight
            : throw new VlpsException(VlpsProblem.Option, $"the weight column '{cells.Name}' holds '{cells.Describe(row)}'; weights are numbers of 0 or above");
}
