using MLPlatform.Vlps.Batches;

namespace MLPlatform.Vlps.Training;

/// <summary>Notices a table that is sorted by its label: rows are shuffled within blocks alone, and then a block holds one label only.</summary>
internal sealed class SortedLabels
{
    // So many rows of the rarer label that a block holds none of them by chance once in 10⁸.
    private const double Expected = 20;

    private readonly List<int> _oneSided = [];
    private int _blocks, _largest;

    /// <param name="positives">Samples of the block with label 1.</param>
    public void Add(FieldBlock block, long positives)
    {
        _blocks++;
        _largest = Math.Max(_largest, block.Rows);
        if (positives == 0 || positives == block.Rows)
            _oneSided.Add(block.Rows);
    }

    /// <summary>What to do, or null where labels are mixed, or blocks are too small to tell.</summary>
    /// <param name="rows">Samples of the table.</param>
    /// <param name="positives">Those with label 1.</param>
    public string? Warning(long rows, long positives)
    {
        double rarer = Math.Min(positives, rows - positives) / (double)Math.Max(1, rows);
        int telling = _oneSided.Count(block => block * rarer >= Expected);
        return telling < 2 || telling * 2 < _blocks ? null : FormattableString.Invariant(
            $"The table seems to be sorted by its label: {telling} of {_blocks} blocks of {_largest} rows hold one label only. Rows are shuffled within a block alone, so the model forgets the one label while it learns the other. Mix the rows before, in a data.sql step with ORDER BY hash(KEY) say, or raise 'shuffleWindow' to the rows of the table where memory allows.");
    }
}
