using System.Numerics;

namespace MLPlatform.Vlps.Batches;

/// <summary>
/// Where the ids of a field's batch are told apart: a hash table of numbers of distinct ids, one for each thread, so that it
/// stays in the first cache. Each batch counts from a higher number on; what is lower was left by others and means empty, so
/// nothing is cleared.
/// </summary>
internal sealed class DistinctSlots
{
    [ThreadStatic]
    private static DistinctSlots? t_own;

    private int _zero = 1;

    /// <summary>The calling thread's.</summary>
    public static DistinctSlots Own => t_own ??= new DistinctSlots();

    public int[] Slots { get; private set; } = [];

    /// <summary>Begins a batch.</summary>
    /// <param name="count">Ids with their duplicates.</param>
    /// <param name="zero">Stands for the first distinct id; slots below it are empty.</param>
    /// <returns>2^this many slots are to be used, at least twice as many as ids.</returns>
    public int Begin(int count, out int zero)
    {
        int bits = Math.Max(6, BitOperations.Log2((uint)Math.Max(1, count - 1)) + 2);
        if (Slots.Length < 1 << bits)
            Slots = new int[1 << bits];
        if (_zero > int.MaxValue - count)
        {
            Array.Clear(Slots);
            _zero = 1;
        }
        zero = _zero;
        return bits;
    }

    /// <summary>Ends a batch that had so many distinct ids.</summary>
    public void End(int distinct) => _zero += distinct;
}
