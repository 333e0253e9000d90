namespace MLPlatform.Vlps.Tables;

/// <summary>
/// Decides which rows a sweep drops: looks through all, counts by age those that have a reason, and finds the age from
/// which on they go so that the floor holds. Of rows of one age that cannot all go, their hashes decide: what goes is a function of
/// the rows, and not of where they are in memory.
/// </summary>
internal sealed unsafe class EvictionSweep(RowLayout layout, EvictionRule rule, uint minAge, uint stamp)
{
    private const int Buckets = 4096, BucketBits = 12;

    private readonly int _shift = Math.Max(0, 32 - System.Numerics.BitOperations.LeadingZeroCount(stamp) - BucketBits);
    private int _from;
    private ulong? _lastHash;

    /// <summary>Settles what goes, when so many rows may.</summary>
    /// <param name="forEach">Calls with each row, as often as it is asked to.</param>
    public void Settle(Action<RowAction> forEach, long allowed) => Settle([this], action => forEach(row => action(0, row)), [allowed]);

    /// <summary>The same for parts of the rows, each with a sweep of its own.</summary>
    /// <param name="sweeps">The sweeps.</param>
    /// <param name="forEach">Calls with each row and the number of its sweep, as often as it is asked to.</param>
    /// <param name="allowed">How many rows may go, of each part.</param>
    public static void Settle(IReadOnlyList<EvictionSweep> sweeps, Action<SweptRow> forEach, IReadOnlyList<long> allowed)
    {
        // 1. By age: which ones go whole.
        long[][] counts = [.. sweeps.Select(_ => new long[Buckets])];
        long[] left = [.. allowed];
        forEach((n, row) =>
        {
            if (sweeps[n].HasReason(row))
                counts[n][sweeps[n].Bucket(row)]++;
        });
        for (int n = 0; n < left.Length; n++)
            sweeps[n].SettleAges(counts[n], ref left[n]);
        if (!sweeps.Where((sweep, n) => sweep._from > 0 && left[n] > 0).Any())
            return;
        // 2. Of the next one a part, by the first bits of the hash.
        Array.ForEach(counts, Array.Clear);
        forEach((n, row) =>
        {
            if (sweeps[n].IsNext(row))
                counts[n][HashOf(row) >> (64 - BucketBits)]++;
        });
        int[] parts = new int[left.Length];
        for (int n = 0; n < left.Length; n++)
        {
            for (; sweeps[n]._from > 0 && left[n] > 0 && counts[n][parts[n]] <= left[n]; parts[n]++)
                left[n] -= counts[n][parts[n]];
        }
        // 3. Of those with the same first bits the lowest.
        List<ulong>[] last = [.. sweeps.Select(_ => new List<ulong>())];
        forEach((n, row) =>
        {
            if (sweeps[n].IsNext(row) && (int)(HashOf(row) >> (64 - BucketBits)) == parts[n])
                last[n].Add(HashOf(row));
        });
        for (int n = 0; n < left.Length; n++)
            sweeps[n].SettleHashes(last[n], parts[n], left[n]);
    }

    private void SettleAges(long[] ages, ref long allowed)
    {
        for (_from = Buckets; _from > 0 && ages[_from - 1] <= allowed; _from--)
            allowed -= ages[_from - 1];
    }

    private void SettleHashes(List<ulong> last, int part, long allowed)
    {
        last.Sort();
        if (_from > 0 && allowed > 0)
            _lastHash = last[(int)allowed - 1];
        else if (part > 0)
            _lastHash = ((ulong)part << (64 - BucketBits)) - 1;
    }

    /// <summary>Whether this row goes.</summary>
    public bool Goes(byte* row) => HasReason(row) && (Bucket(row) >= _from || (_lastHash is { } last && Bucket(row) == _from - 1 && HashOf(row) <= last));

    private bool IsNext(byte* row) => HasReason(row) && Bucket(row) == _from - 1;

    private static ulong HashOf(byte* row) => IdHash.Of(RowHead.Id(row));

    private bool HasReason(byte* row)
    {
        uint age = AgeOf(row);
        return age > minAge && (age > (rule.MaxAge ?? uint.MaxValue) || (rule.MinNorm > 0 && IsShort(row)));
    }

    private bool IsShort(byte* row)
    {
        double squares = 0;
        if (layout.Linear)
            squares = *(float*)(row + layout.LinearOffset) * (double)*(float*)(row + layout.LinearOffset);
        byte* factors = row + layout.FactorsOffset;
        for (int i = 0; i < layout.Dim; i++)
        {
            float factor = layout.Precision == Precision.BFloat16 ? BFloat.ToFloat(((ushort*)factors)[i]) : ((float*)factors)[i];
            squares += factor * (double)factor;
        }
        return squares < rule.MinNorm * (double)rule.MinNorm;
    }

    private int Bucket(byte* row) => (int)Math.Min(AgeOf(row) >> _shift, Buckets - 1);

    private uint AgeOf(byte* row)
    {
        uint touched = RowHead.Stamp(row);
        return stamp > touched ? stamp - touched : 0;
    }
}

/// <summary>What is done with a row of one of several sweeps.</summary>
internal unsafe delegate void SweptRow(int sweep, byte* row);
