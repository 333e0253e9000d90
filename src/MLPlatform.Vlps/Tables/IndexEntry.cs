using System.Runtime.CompilerServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>Where the search for an id in the index of its partition begins. All partitions' stand side by side.</summary>
internal unsafe struct IndexEntry
{
    /// <summary>The segments by the first bits of <see cref="IdHash.Position(uint, int)"/>.</summary>
    public ulong** Segments;

    /// <summary>How far positions are shifted for that.</summary>
    public int Shift;

    /// <summary>The line that a hash belongs to.</summary>
    /// <param name="position">Its tag's position.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong* LineOf(ulong position, ulong hash) => Segments[position >> Shift] + (IdHash.Line(hash) * Segment.LineSlots);
}
