namespace MLPlatform.Core.Sweeps;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    /// <summary>The chance of a value below x.</summary>
    public static double Below(double x)
    {

        double z = Math.Abs(x) / Math.Sqrt(2);
        double tail = z > 6 ? 0 : 0.5 * Erfc(z);
        return x < 0 ? tail : 1 - tail;
    }

    /// <summary>The value below which this chance lies, by bisection: slow and sure.</summary>
    public static double Quantile(double chance)
    {
        double low = -9, high = 9;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            if (Below(middle) < chance)
                low = middle;
            else
                high = middle;
        }
        return (low + high) / 2;
    }

    private static double Erfc(double z)
    {
        if (z < 2)
        {
            double term = z, sum = z;
            for (int n = 1; n < 80 && Math.Abs(term) > 1e-17; n++)
            {
                term *= -z * z / n;
                sum += term / ((2 * n) + 1);
            }
            return 1 - (2 / Math.Sqrt(Math.PI) * sum);
        }
        double fraction = 0;
        for (int k = 60; k >= 1; k--)
            fraction = k / 2.0 / (z + fraction);
        return Math.Exp(-z * z) / Math.Sqrt(Math.PI) / (z + fraction);
    }
}
