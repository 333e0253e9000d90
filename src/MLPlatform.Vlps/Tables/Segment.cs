using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

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

    // How far away room is looked for that slots may be moved into.
    private const int Reach = 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Low(uint tag, int distance) => tag | ((uint)distance << IdHash.TagBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Slot(uint link, uint low) => ((ulong)link << 32) | low;

    public static uint TagOf(ulong slot) => (uint)slot & IdHash.TagMask;

    public static int DistanceOf(ulong slot) => (int)((uint)slot >> IdHash.TagBits);

    public static uint LinkOf(ulong slot) => (uint)(slot >> 32);

    /// <summary>Puts a slot where it belongs; false if there is no room near its line, and nothing has changed then.</summary>
    public static bool Place(ulong* segment, int home, uint tag, uint link)
    {
        for (int distance = 0; distance < Reach; distance++)
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

    /// <summary>Looks for the first slot with a hash's tag in its own line.</summary>
    /// <param name="own">The hash's own line.</param>
    /// <param name="slot">The slot, or 0 if there is none.</param>
    /// <returns>False where it may be in a line after, of which the next one is asked for: see <see cref="FirstAfter"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFirst(ulong* own, ulong hash, out ulong slot)
    {
        uint hits = LineMatch.Find(own, IdHash.Tag(hash), out uint empty);
        slot = hits != 0 ? own[BitOperations.TrailingZeroCount(hits)] : 0;
        if ((hits | empty) != 0)
            return true;
        int home = IdHash.Line(hash);
        if (Sse.IsSupported)
            Sse.Prefetch0(LineAt(own - (home * LineSlots), home + 1));
        return false;
    }

    /// <summary>The first slot with a hash's tag in the lines after its own, which is full; or 0 if there is none.</summary>
    public static ulong FirstAfter(ulong* own, ulong hash)
    {
        int home = IdHash.Line(hash);
        for (int distance = 1; distance <= MaxDistance; distance++)
        {
            ulong* line = LineAt(own - (home * LineSlots), home + distance);
            uint hits = LineMatch.Find(line, Low(IdHash.Tag(hash), distance), out uint empty);
            if (hits != 0)
                return line[BitOperations.TrailingZeroCount(hits)];
            if (empty != 0)
                break;
        }
        return 0;
    }

    // Moves slots on into the hole, whose own lines are near enough to it, until it is near the line that wants it
    // (hopscotch). All lines between are full and stay so. Moves are found first and made only if they lead there; each
    // takes a slot from before the one that follows it, so they do not disturb each other.
    private static bool BringNear(ulong* segment, int home, ref int distance, ref ulong* hole)
    {
        ulong** from = stackalloc ulong*[Reach];
        int* fartherBy = stackalloc int[Reach];
        int moves = 0, at = distance;
        for (; at > MaxDistance; moves++)
        {
            from[moves] = FindMovable(segment, home, at, out int back);
            if (from[moves] == null)
                return false;
            fartherBy[moves] = back;
            at -= back;
        }
        for (int i = 0; i < moves; i++)
        {
            ulong slot = *from[i];
            *hole = Slot(LinkOf(slot), Low(TagOf(slot), DistanceOf(slot) + fartherBy[i]));
            hole = from[i];
        }
        distance = at;
        return true;
    }

    private static ulong* FindMovable(ulong* segment, int home, int hole, out int back)
    {
        for (back = MaxDistance; back > 0; back--)
        {
            ulong* line = LineAt(segment, home + hole - back);
            for (int s = 0; s < LineSlots; s++)
            {
                if (DistanceOf(line[s]) + back <= MaxDistance)
                    return &line[s];
            }
        }
        return null;
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
        // Two passes, as in counting sort: how many belong to each line, then each to its place.
        ushort* places = stackalloc ushort[Lines + 1];
        new Span<ushort>(places, Lines + 1).Clear();
        for (int at = 0; at < Slots; at++)
            places[HomeOf(segment[at], at, first) + 1] += segment[at] == 0 ? (ushort)0 : (ushort)1;
        for (int line = 0; line < Lines; line++)
            places[line + 1] += places[line];
        for (int at = 0; at < Slots; at++)
        {
            if (segment[at] == 0)
                continue;
            int home = HomeOf(segment[at], at, first), place = places[home]++;
            slots[place] = segment[at];
            homes[place] = (byte)(home + first + 1);
        }
        return places[Lines - 1];
    }

    // Counted from the line after the first with room.
    private static int HomeOf(ulong slot, int at, int first) => (at / LineSlots - DistanceOf(slot) - first - 1) & (Lines - 1);

    private static bool HasRoom(ulong* line)
    {
        LineMatch.Find(line, 0, out uint empty);
        return empty != 0;
    }
}
