using MLPlatform.Vlps.Features;

namespace MLPlatform.Vlps.Training;

/// <summary>In which order the samples of each block are trained on: as they come, or shuffled by seed, epoch and number of the block.</summary>
internal sealed class SampleOrder(bool shuffle, long seed, int epoch)
{
    private int[] _order = [];
    private int _rows;

    /// <summary>The samples of the latest block in their order.</summary>
    public ReadOnlySpan<int> Latest => _order.AsSpan(0, _rows);

    /// <summary>The samples of a block in their order; holds until the next call.</summary>
    public ReadOnlySpan<int> Of(int rows, int block)
    {
        _rows = rows;
        if (_order.Length < rows)
            _order = new int[rows];
        Span<int> order = _order.AsSpan(0, rows);
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        if (!shuffle)
            return order;
        ulong state = FeatureHash.Combine(FeatureHash.Combine((ulong)seed, (ulong)epoch), (ulong)block);
        for (int i = order.Length - 1; i > 0; i--)
        {
            state = FeatureHash.Combine(state, (ulong)i);
            int other = (int)Math.BigMul(state, (ulong)i + 1, out _);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }
}
