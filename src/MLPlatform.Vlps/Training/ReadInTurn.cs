namespace MLPlatform.Vlps.Training;

/// <summary>Reads a block when it is asked for: where every core trains, reading beside it would only take cores away, one at a time, while the others wait for it.</summary>
/// <param name="source">What is read.</param>
/// <param name="block">The block that is given, again and again.</param>
/// <param name="fill">Fills it from what was read, which is the given number of its kind.</param>
internal sealed class ReadInTurn<TRead, TBlock>(IEnumerable<TRead> source, TBlock block, Action<TRead, int, TBlock> fill) : IBlockFeed<TBlock>
    where TBlock : class
{
    private readonly IEnumerator<TRead> _source = source.GetEnumerator();
    private int _number;

    public TBlock? Next()
    {
        if (!_source.MoveNext())
            return null;
        fill(_source.Current, _number++, block);
        return block;
    }

    public void Return(TBlock block)
    {
        // It is the only one, and filled when it is asked for.
    }

    public void Dispose() => _source.Dispose();
}
