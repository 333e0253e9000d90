using System.Runtime.CompilerServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>Finds the rows of a table by their numbers.</summary>
/// <param name="chunks">The chunks of rows.</param>
/// <param name="bits">Rows of a chunk, in bits.</param>
/// <param name="rowBytes">Bytes of a row.</param>
internal readonly unsafe struct RowPlaces(byte** chunks, int bits, int rowBytes)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Row(uint row) => chunks[row >> bits] + ((nuint)(row & ((1u << bits) - 1)) * (nuint)(uint)rowBytes);
}
