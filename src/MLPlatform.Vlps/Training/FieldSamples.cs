using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Training;

/// <summary>Samples by field made on the fly from raw rows. Memory is bounded by one block and one batch of rows.</summary>
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

    // A column of a batch and its ids fit into a core's second cache together.
    private const int BatchRows = 32_768;

    // Rows with texts are as long as they are: so many at once, so that a block's limit of ids is not passed by far.
    private const int TextRows = 512;

    private readonly IReadOnlyList<LabelColumn> _labels = Signal.WithoutFeatures(labels, spec);

    /// <param name="files">A table's Parquet files, in order.</param>
    /// <param name="spec">The fitted features.</param>
    /// <param name="labels">The label of each task.</param>
    /// <param name="weightColumn">A column of sample weights, or null: all weigh 1.</param>
    /// <param name="blockRows">Rows of a block. Default: 65,536.</param>
    /// <param name="blockIds">Ids at which a block ends early. Default: 4 million.</param>
    public FieldSamples(
        IReadOnlyList<string> files, FeatureSpec spec, IReadOnlyList<LabelColumn> labels, string? weightColumn = null, int blockRows = 65_536, int blockIds = BlockIds)
        : this((columns, skip, most) => new ParquetRows(files, columns, Math.Min(blockRows, BatchRows)).ReadUnloaded(skip, most), () => new ParquetRows(files, []).CountRows(), spec, labels, weightColumn, blockRows, blockIds)
    {
    }

    /// <summary>What the table is called in messages. Default: null, there is one only.</summary>
    public string? Table { get; init; }

    /// <summary>Rows that will be read, for progress.</summary>
    public long CountRows() => count();

    /// <summary>The column of the first task's label and what it holds, in words.</summary>
    internal string DescribeLabel() => _labels[0].Describe(rows([_labels[0].Column], 0, long.MaxValue));

    /// <summary>Reads all samples into the block, again and again, and gives it back each time it is full.</summary>
    /// <param name="block">The block.</param>
    /// <param name="skip">Samples to leave out at the beginning: whole blocks, so that the others hold the same samples.</param>
    /// <param name="most">Samples to read, if there are so many.</param>
    public IEnumerable<FieldBlock> Read(FieldBlock block, long skip = 0, long most = long.MaxValue)
    {
        using var alone = new FeedCrew(1);
        foreach (FieldBlock read in Read(block, skip, most, alone))
            yield return read;
    }

    /// <summary>The same by several threads, each of which reads and encodes other columns.</summary>
    internal IEnumerable<FieldBlock> Read(FieldBlock block, long skip, long most, FeedCrew crew)
    {
        var encoder = new FieldEncoder(spec);
        IEnumerable<string> extra = [.. _labels.Select(l => l.Column), .. weightColumn is null ? [] : new[] { weightColumn }];
        int piece = spec.Features.Any(f => f is FittedFeature.Text) ? TextRows : int.MaxValue;
        ColumnParts? parts = null;
        block.Clear();
        long before = skip;
        foreach (ColumnBatch batch in rows([.. encoder.Columns.Concat(extra).Distinct(StringComparer.Ordinal)], skip, most))
        {
            encoder.Bind(batch);
            parts ??= new ColumnParts(batch, [.. spec.Features.Select(f => f.Columns), extra]);
            crew.ForEach(parts.Shared.Count, i => batch.Load(parts.Shared[i]));
            var place = new RowPlace(before, Table);
            before += batch.Rows;
            for (int row = 0; row < batch.Rows;)
            {
                int first = row, take = Math.Min(Math.Min(piece, batch.Rows - row), blockRows - block.Rows), sample = block.AddRows(take);
                crew.ForEach(spec.Features.Count + 1, part =>
                {
                    foreach (int column in parts.Own[part])
                        batch.Load(column);
                    if (part < spec.Features.Count)
                        encoder.Encode(part, first, take, block, sample);
                    else
                        ReadTargets(batch, first, take, block, sample, place);
                });
                row += Limit(block, sample) - sample;
                if (block.Rows < blockRows && Ids(block, block.Rows) < blockIds)
                    continue;
                yield return block;
                block.Clear();
            }
        }
        if (block.Rows > 0)
            yield return block;
    }

    // Ends the block with the sample that has its last id, if there is one.
    private int Limit(FieldBlock block, int first)
    {
        int low = first + 1, high = block.Rows;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Ids(block, middle) < blockIds)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < block.Rows)
            block.Truncate(low);
        return block.Rows;
    }

    private static long Ids(FieldBlock block, int rows)
    {
        long ids = 0;
        foreach (FieldColumn field in block.Fields)
            ids += field.Start(rows);
        return ids;
    }

    private void ReadTargets(ColumnBatch batch, int first, int rows, FieldBlock block, int sample, RowPlace place)
    {
        for (int task = 0; task < _labels.Count; task++)
        {
            Column cells = batch[_labels[task].Column];
            Span<float> values = block.Labels(task).Slice(sample, rows);
            for (int i = 0; i < rows; i++)
                values[i] = _labels[task].Read(cells, first + i, place);
        }
        if (weightColumn is null)
            return;
        Column weights = batch[weightColumn];
        for (int i = 0; i < rows; i++)
            block.Weights[sample + i] = Weight(weights, first + i, place);
    }

    private static float Weight(Column cells, int row, RowPlace place) =>
        cells.TryNumber(row, out double weight) && weight is >= 0 and < 1e9
            ? (float)weight
            : throw new VlpsException(VlpsProblem.Option, $"the weight column '{cells.Name}' holds '{cells.Describe(row)}' in {place.Of(row)}; weights are numbers of 0 or above");
}
