using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// A worker's samples from Parquet files: of each of its streams a window is read, encoded and shuffled ahead while the one before is
/// learned from. It reads the rows of its own streams, and no others but those before them in the same row group.
/// </summary>
/// <param name="files">The table's files, in order.</param>
/// <param name="spec">The fitted features.</param>
/// <param name="labels">The label of each task.</param>
/// <param name="weightColumn">A column of sample weights, or null: all weigh 1.</param>
/// <param name="window">Rows of which each stream shuffles a quarter at once, since its rows are mixed with those of the others.</param>
/// <param name="seed">Seeds the order.</param>
public sealed class StreamedSamples(
    IReadOnlyList<string> files, FeatureSpec spec, IReadOnlyList<LabelColumn> labels, string? weightColumn, int window, long seed) : IDisposable
{
    private const int LeastRows = 64, Quarter = 4;

    private readonly Dictionary<int, Stream> _streams = [];

    /// <summary>Adds the samples of a part.</summary>
    public void Fill(FieldBlock block, SamplePart part)
    {
        if (!_streams.TryGetValue(part.Stream, out Stream? stream))
            _streams.Add(part.Stream, stream = NewStream(part, block.Shape));
        stream.Fill(block, part);
    }

    // Windows have the same rows however many ids there are, so that any of them can be begun with.
    private Stream NewStream(SamplePart part, BlockShape shape)
    {
        int rows = Math.Max(LeastRows, window / Quarter);
        var samples = new FieldSamples(files, spec, labels, weightColumn, rows, int.MaxValue);
        return new Stream(samples, part, rows, seed, [new(shape), new(shape), new(shape)]);
    }

    public void Dispose()
    {
        foreach (Stream stream in _streams.Values)
            stream.Dispose();
    }

    private sealed class Stream(FieldSamples samples, SamplePart of, int rows, long seed, FieldBlock[] blocks) : IDisposable
    {
        private FieldBlock _now = blocks[0], _ahead = blocks[1];
        private IEnumerator<FieldBlock>? _reader;
        private Task<bool> _reading = Task.FromResult(false);
        private SampleOrder? _order;
        private int _epoch, _window, _used;
        private long _at;

        public void Fill(FieldBlock block, SamplePart part)
        {
            if (part.Epoch != _epoch || part.First != _at)
                Seek(part.Epoch, part.First);
            for (int left = part.Rows; left > 0;)
            {
                if (_used == _now.Rows && !Next())
                    return; // The table has fewer rows than it had; the caller says so.
                int take = Math.Min(left, _now.Rows - _used);
                block.Append(_now, _used, take);
                (_used, left, _at) = (_used + take, left - take, _at + take);
            }
        }

        private void Seek(int epoch, long first)
        {
            Stop();
            (_epoch, _window, _at, _used) = (epoch, (int)(first / rows), first, 0);
            _order = new SampleOrder(shuffle: true, seed, epoch);
            long skipped = (long)_window * rows;
            _reader = samples.Read(blocks[2], of.Begin + skipped, of.Length - skipped).GetEnumerator();
            _now.Clear();
            _reading = Task.Run(Read);
            if (first > skipped && Next())
                _used = (int)(first - skipped);
        }

        // On another thread, one window at a time.
        private bool Read()
        {
            if (!_reader!.MoveNext())
                return false;
            _ahead.Take(_reader.Current, _order!.Of(_reader.Current.Rows, (of.Stream << 20) + _window++));
            return true;
        }

        private bool Next()
        {
            if (!_reading.GetAwaiter().GetResult())
                return false;
            (_now, _ahead, _used) = (_ahead, _now, 0);
            _reading = Task.Run(Read);
            return true;
        }

        private void Stop()
        {
            if (_reader is null)
                return;
            ((IAsyncResult)_reading).AsyncWaitHandle.WaitOne(); // What went wrong there was told, or nobody needs it any more.
            _reader.Dispose();
            _reader = null;
        }

        public void Dispose() => Stop();
    }
}
