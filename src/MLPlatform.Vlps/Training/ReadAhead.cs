using System.Threading.Channels;

namespace MLPlatform.Vlps.Training;

/// <summary>Reads, encodes and shuffles the next block on a thread of its own while the present one is trained on.</summary>
/// <typeparam name="TBlock">A block to train on; three of them are used again and again.</typeparam>
internal sealed class ReadAhead<TBlock> : IBlockFeed<TBlock>
    where TBlock : class
{
    private readonly Channel<TBlock> _ready = Channel.CreateBounded<TBlock>(1);
    private readonly Channel<TBlock> _free = Channel.CreateUnbounded<TBlock>();
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;

    private ReadAhead(Func<TBlock> make, Func<ReadAhead<TBlock>, Task> read, CancellationToken cancel)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        for (int i = 0; i < 3; i++)
            _free.Writer.TryWrite(make());
        _reading = Task.Run(() => read(this), CancellationToken.None);
    }

    /// <param name="source">What is read.</param>
    /// <param name="make">Makes a block.</param>
    /// <param name="fill">Fills a block from what was read, which is the given number of its kind.</param>
    /// <param name="cancel">Ends reading.</param>
    public static ReadAhead<TBlock> Start<TRead>(IEnumerable<TRead> source, Func<TBlock> make, Action<TRead, int, TBlock> fill, CancellationToken cancel) =>
        new(make, ahead => ahead.ReadAsync(source, fill), cancel);

    /// <summary>The next block, or null at the end. What went wrong while reading is thrown here.</summary>
    public TBlock? Next()
    {
        ValueTask<bool> more = _ready.Reader.WaitToReadAsync(CancellationToken.None);
        bool any = more.IsCompletedSuccessfully ? more.Result : more.AsTask().GetAwaiter().GetResult();
        return any && _ready.Reader.TryRead(out TBlock? block) ? block : null;
    }

    public void Return(TBlock block) => _free.Writer.TryWrite(block);

    private async Task ReadAsync<TRead>(IEnumerable<TRead> source, Action<TRead, int, TBlock> fill)
    {
        try
        {
            int number = 0;
            foreach (TRead samples in source)
            {
                TBlock block = await _free.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                fill(samples, number++, block);
                await _ready.Writer.WriteAsync(block, _stop.Token).ConfigureAwait(false);
            }
            _ready.Writer.Complete();
        }
        catch (Exception e) // Thrown to the one who asks for the next block.
        {
            _ready.Writer.Complete(e);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _reading.GetAwaiter().GetResult();
        _stop.Dispose();
    }
}
