using System.Runtime.CompilerServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>What a slot points to.</summary>
internal static class Link
{
    public const uint None = 0;

    /// <summary>From here on, a link is no row but how often an id was counted that has none yet.</summary>
    public const uint Counters = 0xFFFF_0000;

    private const uint FirstCold = EmbeddingTable.MaxRows + 1;

    public static uint ToRow(uint row) => row + 1;

    public static uint ToCount(int count) => Counters + (uint)count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsRow(uint link) => link - 1 < EmbeddingTable.MaxRows;

    public static uint ToCold(uint cold) => FirstCold + cold;

    public static bool IsCold(uint link) => link is >= FirstCold and < Counters;

    public static uint Cold(uint link) => link - FirstCold;

    public static bool IsCount(uint link) => link >= Counters;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Row(uint link) => link - 1;

    public static int Count(uint link) => (int)(link - Counters);
}
