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
    public void Settle(Action<RowAction> forEach, long allowed)
    {
        // 1. By age: which ones go whole.
        long[] ages = new long[Buckets];
        forEach(row =>
        {
            if (HasReason(row))
                ages[Bucket(row)]++;
        });
        for (_from = Buckets; _from > 0 && ages[_from - 1] <= allowed; _from--)
            allowed -= ages[_from - 1];
        if (_from == 0 || allowed <= 0)
            return;
        // 2. Of the next one a part, by the first bits of the hash.
        long[] hashes = new long[Buckets];
        forEach(row =>
        {
            if (IsNext(row))
                hashes[HashOf(row) >> (64 - BucketBits)]++;
        });
        int part = 0;
        for (; hashes[part] <= allowed; part++)
            allowed -= hashes[part];
        // 3. Of those with the same first bits the lowest.
        List<ulong> last = [];
        forEach(row =>
        {
            if (IsNext(row) && (int)(HashOf(row) >> (64 - BucketBits)) == part)
                last.Add(HashOf(row));
        });
        last.Sort();
        _lastHash = allowed > 0 ? last[(int)allowed - 1] : ((ulong)part << (64 - BucketBits)) - 1;
        if (part == 0 && allowed == 0)
            _lastHash = null;
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
