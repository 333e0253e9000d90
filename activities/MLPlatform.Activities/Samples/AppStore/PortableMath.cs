namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>Functions made of additions and multiplications alone, whose last bit does not depend on the machine's math library.</summary>
internal static class PortableMath
{
    private const double Ln2 = 0.693147180559945309417;

    /// <summary>e to the power of <paramref name="x"/>, to about 1e-13 of its value, for |x| up to 700.</summary>
    public static double Exp(double x)
    {
        double whole = Math.Floor(x / Ln2 + 0.5);
        double rest = x - whole * Ln2;
        double term = 1;
        double sum = 1;
        for (int i = 1; i < 16; i++)
        {
            term *= rest / i;
            sum += term;
        }
        return Math.ScaleB(sum, (int)whole);
    }

    public static double Logistic(double x) => 1 / (1 + Exp(-x));
}
