using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Keyed;

/// <summary>What serving needs of a row: the linear weight, if there is one, then the factors; no optimizer state.</summary>
public sealed record KeyedLayout(int Dim, Precision Precision, bool Linear)
{
    /// <summary>Values of a row: the linear weight first, then the factors.</summary>
    public int Values => (Linear ? 1 : 0) + Dim;

    internal int LinearBytes => Linear ? sizeof(float) : 0;

    internal int FactorBytes => Dim * (Precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float));

    /// <summary>Bytes of a row in the file, besides its id.</summary>
    public int Bytes => LinearBytes + FactorBytes;

    public static KeyedLayout Of(RowLayout layout) => new(layout.Dim, layout.Precision, layout.Linear);

    internal unsafe void Pack(RowLayout layout, byte* row, byte* to)
    {
        Buffer.MemoryCopy(row + layout.LinearOffset, to, LinearBytes, LinearBytes);
        Buffer.MemoryCopy(row + layout.FactorsOffset, to + LinearBytes, FactorBytes, FactorBytes);
    }

    /// <summary>Puts weight and factors where they are in a row of a table.</summary>
    internal unsafe void Place(byte* row, RowLayout layout, byte* to)
    {
        Buffer.MemoryCopy(row, to + layout.LinearOffset, LinearBytes, LinearBytes);
        Buffer.MemoryCopy(row + LinearBytes, to + layout.FactorsOffset, FactorBytes, FactorBytes);
    }

    internal unsafe void Unpack(byte* row, Span<float> to)
    {
        int at = 0;
        if (Linear)
            to[at++] = BitConverter.Int32BitsToSingle(*(int*)row);
        byte* factors = row + LinearBytes;
        if (Precision == Precision.Float32)
        {
            new ReadOnlySpan<byte>(factors, FactorBytes).CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(to[at..]));
            return;
        }
        for (int i = 0; i < Dim; i++)
            to[at + i] = BFloat.ToFloat(((ushort*)factors)[i]);
    }
}
