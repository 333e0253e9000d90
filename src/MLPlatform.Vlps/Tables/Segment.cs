using System.Numerics;
using System.Runtime.CompilerServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// A piece of the index: 256 cache lines of 8 slots. A slot is 8 bytes: from the top 32 bits of a link (see
/// <see cref="Link"/>), 3 bits that say how many lines after its own it stands, 29 bits of tag. 0 is an empty slot. A slot
/// stands at most 7 lines after its own, and no line between them has an empty slot, so a search ends at one.
/// </summary>
internal static unsafe class Segment
{
    public const int LineSlots = 8;
    public const int Lines = 256;
    public const int Slots = Lines * LineSlots;
    public const int Bytes = Slots * sizeof(ulong);

    /// <summary>Slots in use at which a segment splits: searches stay short.</summary>
    public const int MaxLoad = 1856;

    public const int MaxDistance = 7;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Low(uint tag, int distance) => tag | ((uint)distance << IdHash.TagBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Slot(uint link, uint low) => ((ulong)link << 32) | low;

    public static uint TagOf(ulong slot) => (uint)slot & IdHash.TagMask;

    public static int DistanceOf(ulong slot) => (int)((uint)slot >> IdHash.TagBits);

    public static uint LinkOf(ulong slot) => (uint)(slot >> 32);

    /// <summary>Puts a slot where it belongs; false if there is no room near its line.</summary>
    public static bool Place(ulong* segment, int home, uint tag, uint link)
    {
        for (int distance = 0; distance < Lines; distance++)
        {
            ulong* line = LineAt(segment, home + distance);
            LineMatch.Find(line, 0, out uint empty);
            if (empty == 0)
                continue;
            ulong* hole = line + BitOperations.TrailingZeroCount(empty);
            if (distance > MaxDistance && !BringNear(segment, home, ref distance, ref hole))
                return false;
            *hole = Slot(link, Low(tag, distance));
            return true;
        }
        return false;
    }

    // Moves slots on into the hole, whose own lines are near enough to it, until it is near the line that wants it
    // (hopscotch). All lines between are full and stay so.
    private static bool BringNear(ulong* segment, int home, ref int distance, ref ulong* hole)
    {
        while (distance > MaxDistance)
        {
            if (!Hop(segment, home, ref distance, ref hole))
                return false;
        }
        return true;
    }

    private static bool Hop(ulong* segment, int home, ref int distance, ref ulong* hole)
    {
        for (int from = distance - MaxDistance; from < distance; from++)
        {
            ulong* line = LineAt(segment, home + from);
            for (int s = 0; s < LineSlots; s++)
            {
                int farther = DistanceOf(line[s]) + distance - from;
                if (farther > MaxDistance)
                    continue;
                *hole = Slot(LinkOf(line[s]), Low(TagOf(line[s]), farther));
                hole = &line[s];
                distance = from;
                return true;
            }
        }
        return false;
    }

    private static ulong* LineAt(ulong* segment, int line) => segment + (line & (Lines - 1)) * LineSlots;

    /// <summary>
    /// Copies all slots, with their own line, in the order of these, beginning where no slot was pushed over the border. Put
    /// back in this order, in whole or in part, no slot comes to stand farther from its line than before.
    /// </summary>
    /// <param name="segment">The segment.</param>
    /// <param name="slots">Room for <see cref="Slots"/>.</param>
    /// <param name="homes">Room for as many.</param>
    public static int Gather(ulong* segment, ulong* slots, byte* homes)
    {
        int first = 0;
        while (first < Lines && !HasRoom(segment + first * LineSlots))
            first++;
        int count = 0;
        for (int i = 1; i <= Lines; i++)
        {
            int home = (first + i) & (Lines - 1);
            for (int distance = 0; distance <= MaxDistance; distance++)
            {
                ulong* line = LineAt(segment, home + distance);
                for (int s = 0; s < LineSlots; s++)
                {
                    if (line[s] == 0 || DistanceOf(line[s]) != distance)
                        continue;
                    slots[count] = line[s];
                    homes[count++] = (byte)home;
                }
                if (HasRoom(line))
                    break;
            }
        }
        return count;
    }

    private static bool HasRoom(ulong* line)
    {
        LineMatch.Find(line, 0, out uint empty);
        return empty != 0;
    }
}
