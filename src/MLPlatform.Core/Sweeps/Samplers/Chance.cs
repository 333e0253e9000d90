namespace MLPlatform.Core.Sweeps;

/// <summary>Random numbers that are functions of a seed and a place, so that none depends on how many were drawn before.</summary>
internal static class Chance
{
    /// <summary>From 0, included, to 1, excluded.</summary>
    public static double Unit(long seed, long place, long draw) => (Mix(Mix(Mix((ulong)seed) ^ (ulong)place) ^ (ulong)draw) >> 11) * (1.0 / (1UL << 53));

    public static double[] Point(int dimensions, long seed, int number) =>
        [.. Enumerable.Range(0, dimensions).Select(d => Unit(seed, number, d))];

    /// <summary>The finalizer of SplitMix64: each bit of what comes in changes about half of what goes out.</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9e3779b97f4a7c15;
            value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
            value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
            return value ^ (value >> 31);
        }
    }
}
