namespace MLPlatform.Vlps.Training;

/// <summary>Gives blocks to train on, one after another.</summary>
internal interface IBlockFeed<TBlock> : IDisposable
    where TBlock : class
{
    /// <summary>The next block, or null at the end. What went wrong while reading is thrown here.</summary>
    TBlock? Next();

    /// <summary>Takes a block back that was trained on.</summary>
    void Return(TBlock block);
}
