using System.Runtime.CompilerServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// The first 16 bytes of a row: id, stamp, count, and two bytes that are for the table in memory alone: whether it is live and
/// pinned, and how often it was used lately.
/// </summary>
internal static unsafe class RowHead
{
    private const ushort Live = 1, Pinned = 2;

    /// <summary>Uses beyond these do not make a row stay longer.</summary>
    private const int MostUses = 3;

    public static void Set(byte* row, ulong id, uint stamp, int count)
    {
        *(ulong*)row = id;
        *(uint*)(row + 8) = stamp;
        *(ushort*)(row + 12) = (ushort)Math.Min(count, ushort.MaxValue);
        *(ushort*)(row + 14) = Live;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Id(byte* row) => *(ulong*)row;

    public static uint Stamp(byte* row) => *(uint*)(row + 8);

    public static bool IsLive(byte* row) => (*(ushort*)(row + 14) & Live) != 0;

    public static bool IsPinned(byte* row) => (*(ushort*)(row + 14) & Pinned) != 0;

    /// <summary>Keeps a row from being spilled.</summary>
    public static void Pin(byte* row) => *(ushort*)(row + 14) |= Pinned;

    /// <summary>Pins a row that was asked for, and counts that.</summary>
    public static void Use(byte* row)
    {
        if (row[15] < MostUses)
            row[15]++;
        Pin(row);
    }

    public static void Unpin(byte* row) => *(ushort*)(row + 14) &= unchecked((ushort)~Pinned);

    /// <summary>Takes back one of the uses that count for a row to stay; false if none is left.</summary>
    public static bool Forgive(byte* row)
    {
        if (row[15] == 0)
            return false;
        row[15]--;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Touch(byte* row, uint stamp, int count)
    {
        if (row[15] < MostUses)
            row[15]++;
        *(uint*)(row + 8) = stamp;
        *(ushort*)(row + 12) = (ushort)Math.Min(*(ushort*)(row + 12) + count, ushort.MaxValue);
    }

    /// <summary>Takes off what is only for the table in memory.</summary>
    public static void Plain(byte* row) => *(ushort*)(row + 14) = Live;

    /// <summary>Frees a row; its first bytes point to the next free one.</summary>
    public static void Free(byte* row, uint next)
    {
        *(ulong*)row = next;
        *(ushort*)(row + 14) = 0;
    }
}
