namespace MLPlatform.Core.Sweeps;

/// <summary>
/// A Sobol sequence with the direction numbers of Joe and Kuo (2008), shifted by the seed: of any 2^k points that begin at a
/// multiple of 2^k, each interval of length 2^-k of each dimension holds one.
/// </summary>
internal static class SobolSequence
{
    public const int MostDimensions = 21;
    private const int Bits = 32;

    // Of each dimension after the first: the degree of its polynomial, its inner coefficients, and its first direction numbers.
    private static readonly (int Degree, uint Polynomial, uint[] First)[] Numbers =
    [
        (1, 0, [1]), (2, 1, [1, 3]), (3, 1, [1, 3, 1]), (3, 2, [1, 1, 1]), (4, 1, [1, 1, 3, 3]), (4, 4, [1, 3, 5, 13]),
        (5, 2, [1, 1, 5, 5, 17]), (5, 4, [1, 1, 5, 5, 5]), (5, 7, [1, 1, 7, 11, 19]), (5, 11, [1, 1, 5, 1, 1]), (5, 13, [1, 1, 1, 3, 11]),
        (5, 14, [1, 3, 5, 5, 31]), (6, 1, [1, 3, 3, 9, 7, 49]), (6, 13, [1, 1, 1, 15, 21, 21]), (6, 16, [1, 3, 1, 13, 27, 49]),
        (6, 19, [1, 1, 1, 15, 7, 5]), (6, 22, [1, 3, 1, 15, 13, 25]), (6, 25, [1, 1, 5, 5, 19, 61]), (7, 1, [1, 3, 7, 11, 23, 15, 103]),
        (7, 4, [1, 3, 7, 13, 13, 15, 69]),
    ];

    private static readonly uint[][] Directions = [.. Enumerable.Range(0, MostDimensions).Select(Direct)];

    public static double[] Point(int dimensions, int number, long seed)
    {
        double[] point = new double[dimensions];
        uint gray = (uint)number ^ ((uint)number >> 1);
        for (int d = 0; d < dimensions; d++)
        {
            uint x = (uint)(Chance.Mix(Chance.Mix((ulong)seed) ^ (ulong)d) >> 32); // The shift keeps the sequence as even as it is.
            for (int bit = 0; bit < Bits; bit++)
                if ((gray >> bit & 1) != 0)
                    x ^= Directions[d][bit];
            point[d] = x / 4294967296.0;
        }
        return point;
    }

    private static uint[] Direct(int dimension)
    {
        uint[] v = new uint[Bits];
        if (dimension == 0)
        {
            for (int i = 0; i < Bits; i++)
                v[i] = 1u << (31 - i);
            return v;
        }
        (int degree, uint polynomial, uint[] first) = Numbers[dimension - 1];
        for (int i = 0; i < Bits; i++)
        {
            if (i < degree)
            {
                v[i] = first[i] << (31 - i);
                continue;
            }
            v[i] = v[i - degree] ^ (v[i - degree] >> degree);
            for (int k = 1; k < degree; k++)
                if ((polynomial >> (degree - 1 - k) & 1) != 0)
                    v[i] ^= v[i - k];
        }
        return v;
    }
}
