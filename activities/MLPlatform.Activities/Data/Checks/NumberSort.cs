using System.Buffers.Binary;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>
/// Sorts any amount of numbers in bounded memory and counts equal ones: full chunks are sorted and written to disk, and in
/// the end merged. Numbers are given as keys that have their order.
/// </summary>
internal sealed class NumberSort(string folder, long memory) : IDisposable
{
    private const int EntryBytes = 2 * sizeof(long), LeastBuffer = 4 << 10, MostBuffer = 64 << 10;
    private const long LeastChunk = 1024;

    private readonly long[] _chunk = new long[Math.Clamp(memory / sizeof(long), LeastChunk, Array.MaxLength)];
    private readonly List<(string File, bool Own)> _runs = [];
    private int _held;
    private bool _own;

    /// <param name="own">Whether it is of the table itself, not of the one it is compared with.</param>
    public void Add(long key, bool own)
    {
        if (_held == _chunk.Length || (own != _own && _held > 0))
            WriteRun();
        _own = own;
        _chunk[_held++] = key;
    }

    /// <summary>Hands over each key once, in ascending order, with its two counts.</summary>
    public void Merge(Action<long, long, long> take)
    {
        if (_held > 0)
            WriteRun();
        int buffer = (int)Math.Clamp(memory / Math.Max(1, _runs.Count), LeastBuffer, MostBuffer);
        List<Run> open = [];
        try
        {
            PriorityQueue<Run, long> next = new();
            foreach ((string file, bool own) in _runs)
            {
                Run run = new(file, own, buffer);
                open.Add(run);
                if (run.Read())
                    next.Enqueue(run, run.Key);
            }
            while (next.TryPeek(out _, out long key))
            {
                (long own, long other) = (0, 0);
                while (next.TryPeek(out Run? run, out long same) && same == key)
                {
                    (own, other) = run.Own ? (own + run.Count, other) : (own, other + run.Count);
                    if (run.Read())
                        next.EnqueueDequeue(run, run.Key);
                    else
                        next.Dequeue();
                }
                take(key, own, other);
            }
        }
        finally
        {
            open.ForEach(r => r.Dispose());
        }
    }

    public void Dispose() => _runs.ForEach(r => File.Delete(r.File));

    /// <summary>A double as a key: the order of the keys is that of the numbers, and the two zeros are one.</summary>
    public static long Key(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value + 0.0);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }

    public static double Double(long key) => BitConverter.Int64BitsToDouble(key ^ ((key >> 63) & long.MaxValue));

    private void WriteRun()
    {
        Span<long> chunk = _chunk.AsSpan(0, _held);
        chunk.Sort();
        string file = Path.Combine(folder, $"run-{_runs.Count:D6}");
        _runs.Add((file, _own));
        using FileStream target = new(file, FileMode.Create, FileAccess.Write, FileShare.None, MostBuffer);
        Span<byte> entry = stackalloc byte[EntryBytes];
        for (int from = 0, to; from < chunk.Length; from = to)
        {
            to = from + 1;
            while (to < chunk.Length && chunk[to] == chunk[from])
                to++;
            BinaryPrimitives.WriteInt64LittleEndian(entry, chunk[from]);
            BinaryPrimitives.WriteInt64LittleEndian(entry[sizeof(long)..], to - from);
            target.Write(entry);
        }
        _held = 0;
    }

    /// <summary>A sorted file of keys and their counts.</summary>
    private sealed class Run(string file, bool own, int buffer) : IDisposable
    {
        private readonly FileStream _source = new(file, FileMode.Open, FileAccess.Read, FileShare.None, buffer);
        private readonly byte[] _entry = new byte[EntryBytes];

        public bool Own => own;
        public long Key { get; private set; }
        public long Count { get; private set; }

        public bool Read()
        {
            int read = _source.ReadAtLeast(_entry, EntryBytes, throwOnEndOfStream: false);
            if (read == 0)
                return false;
            if (read < EntryBytes)
                throw new InvalidDataException($"the spilled values in {file} are cut short");
            (Key, Count) = (BinaryPrimitives.ReadInt64LittleEndian(_entry), BinaryPrimitives.ReadInt64LittleEndian(_entry.AsSpan(sizeof(long))));
            return true;
        }

        public void Dispose() => _source.Dispose();
    }
}
