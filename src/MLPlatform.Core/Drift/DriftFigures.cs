namespace MLPlatform.Core.Drift;

/// <summary>The figures that compare two samples. docs/activities/data.md says exactly how they are computed.</summary>
public static class DriftFigures
{
    /// <summary>An empty bin counts as this share, so that the index stays finite.</summary>
    public const double LeastShare = 1e-4;

    /// <summary>The population stability index: the sum over bins of (p - q) ln(p / q).</summary>
    public static double Psi(IReadOnlyList<DriftBin> bins) => PsiOf([.. bins.Select(b => ((double)b.Rows, (double)b.ReferenceRows))]);

    /// <summary>The same over weights: counts or shares, of each side in the same unit.</summary>
    public static double PsiOf(IReadOnlyList<(double Own, double Reference)> weights)
    {
        double own = weights.Sum(w => w.Own), reference = weights.Sum(w => w.Reference), sum = 0;
        foreach ((double mine, double theirs) in weights)
        {
            double p = Share(mine, own), q = Share(theirs, reference);
            sum += (p - q) * Math.Log(p / q);
        }
        return sum;
    }

    /// <summary>
    /// The chance that two samples of one distribution lie at least <paramref name="distance"/> apart: the limit for large
    /// samples, Q(λ) = 2 Σ (-1)^(k-1) exp(-2 k² λ²) with λ = D √(n m / (n + m)).
    /// </summary>
    public static double KsPValue(double distance, long rows, long reference)
    {
        double lambda = distance * Math.Sqrt((double)rows * reference / ((double)rows + reference));
        // The series alternates slowly near 0, where its sum is 1 to double precision.
        if (lambda < 0.2)
            return 1;
        double sum = 0;
        for (int k = 1; k <= 100; k++)
            sum += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * k * k * lambda * lambda);
        return Math.Clamp(sum, 0, 1);
    }

    private static double Share(double part, double all) => Math.Max(LeastShare, all == 0 ? 0 : part / all);
}

/// <summary>A bin of the index: its values, and the rows in it here and in the reference.</summary>
public sealed record DriftBin(string Values, long Rows, long ReferenceRows);
