namespace MLPlatform.Core.Deployments;

/// <summary>
/// Sorts the values of a column into a few bins, so that how often each occurs can be counted for ever in little memory and
/// compared later: small whole numbers and categories by value, other numbers by size.
/// </summary>
public static class ColumnBins
{
    /// <summary>Bins for values; one more is for missing ones.</summary>
    public const int Count = 64;

    public const byte Missing = Count;

    // Whole numbers below this have bins of their own: hours, positions, days of the week.
    private const int Small = 24;

    public static byte Of(bool value) => value ? (byte)1 : (byte)0;

    /// <summary>The bin of a whole number: its own, or by powers of four.</summary>
    public static byte Of(long value) => value is >= 0 and < Small ? (byte)value : BySize(value, Small, perOctave: 0.5, below: 0);

    /// <summary>The bin of a number, by sign and size, from 2^-6 to 2^15.</summary>
    public static byte Of(double value) => BySize(value, from: 0, perOctave: 1.5, below: 9);

    /// <summary>The bin of a category: categories share bins, but one that grows still makes its bin grow.</summary>
    public static byte Of(ReadOnlySpan<byte> text)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (byte b in text)
            hash = (hash ^ b) * 0x100_0000_01B3;
        return (byte)((hash ^ (hash >> 29)) * 0x9E37_79B9_7F4A_7C15 >> 58);
    }

    // Negative numbers, the largest first, then positive ones, the smallest first.
    private static byte BySize(double value, int from, double perOctave, int below)
    {
        int width = (Count - from) / 2;
        if (!double.IsFinite(value))
            return Missing;
        if (value == 0)
            return (byte)(from + width);
        int size = (int)Math.Clamp(Math.Floor(Math.Log2(Math.Abs(value)) * perOctave) + below, 0, width - 1);
        return (byte)(value < 0 ? from + width - 1 - size : from + width + size);
    }
}
