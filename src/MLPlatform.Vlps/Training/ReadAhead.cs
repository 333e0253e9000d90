using System.Threading.Channels;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

/// <summary>Reads, encodes and shuffles the next block on a thread of its own while the present one is trained on.</summary>
internal sealed class ReadAhead : IDisposable
{
    private readonly Channel<TrainingBlock> _ready = Channel.CreateBounded<TrainingBlock>(1);
    private readonly Channel<TrainingBlock> _free = Channel.CreateUnbounded<TrainingBlock>();
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;

    public ReadAhead(ISampleSource source, WeightTable table, TrainingOptions options, int epoch, CancellationToken cancel)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        for (int i = 0; i < 3; i++)
            _free.Writer.TryWrite(new TrainingBlock());
        _reading = Task.Run(() => ReadAsync(source, table, options, epoch, _stop.Token), CancellationToken.None);
    }

    /// <summary>The next block, or null at the end. What went wrong while reading is thrown here.</summary>
    public TrainingBlock? Next()
    {
        ValueTask<bool> more = _ready.Reader.WaitToReadAsync(CancellationToken.None);
        bool any = more.IsCompletedSuccessfully ? more.Result : more.AsTask().GetAwaiter().GetResult();
        return any && _ready.Reader.TryRead(out TrainingBlock? block) ? block : null;
    }

    public void Return(TrainingBlock block) => _free.Writer.TryWrite(block);

    private async Task ReadAsync(ISampleSource source, WeightTable table, TrainingOptions options, int epoch, CancellationToken stop)
    {
        try
        {
            int[] order = [];
            int number = 0;
            foreach (SampleBlock samples in source.Read())
            {
                TrainingBlock block = await _free.Reader.ReadAsync(stop).ConfigureAwait(false);
                if (order.Length < samples.Rows)
                    order = new int[samples.Rows];
                Arrange(order.AsSpan(0, samples.Rows), options, epoch, number++);
                block.Fill(samples, order, table);
                await _ready.Writer.WriteAsync(block, stop).ConfigureAwait(false);
            }
            _ready.Writer.Complete();
        }
        catch (Exception e) // Thrown to the one who asks for the next block.
        {
            _ready.Writer.Complete(e);
        }
    }

    private static void Arrange(Span<int> order, TrainingOptions options, int epoch, int block)
    {
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        if (!options.Shuffle)
            return;
        ulong state = Features.FeatureHash.Combine(Features.FeatureHash.Combine((ulong)options.Seed, (ulong)epoch), (ulong)block);
        for (int i = order.Length - 1; i > 0; i--)
        {
            state = Features.FeatureHash.Combine(state, (ulong)i);
            int other = (int)Math.BigMul(state, (ulong)i + 1, out _);
            (order[i], order[other]) = (order[other], order[i]);
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _reading.GetAwaiter().GetResult();
        _stop.Dispose();
    }
}
