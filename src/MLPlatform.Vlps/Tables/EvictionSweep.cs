namespace MLPlatform.Vlps.Tables;

/// <summary>
/// Decides which rows a sweep drops: looks through all, counts by age those that have a reason, and finds the age from
/// which on they go so that the floor holds.
/// </summary>
internal sealed unsafe class EvictionSweep(RowLayout layout, EvictionRule rule, uint minAge, uint stamp)
{
    private const int Buckets = 4096;

    private readonly long[] _ages = new long[Buckets];
    private readonly int _shift = Math.Max(0, 32 - System.Numerics.BitOperations.LeadingZeroCount(stamp) - 12);
    private int _from;
    private long _partly;

    public void Count(byte* row)
    {
        if (HasReason(row))
            _ages[Bucket(row)]++;
    }

    /// <summary>Settles the youngest age that goes, when so many rows may.</summary>
    public void Settle(long allowed)
    {
        for (_from = Buckets; _from > 0 && _ages[_from - 1] <= allowed; _from--)
            allowed -= _ages[_from - 1];
        _partly = _from == 0 ? 0 : Math.Max(0, allowed);
    }

    /// <summary>Whether this row goes; asked once for each.</summary>
    public bool Goes(byte* row)
    {
        if (!HasReason(row))
            return false;
        int bucket = Bucket(row);
        return bucket >= _from || (bucket == _from - 1 && _partly-- > 0);
    }

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
