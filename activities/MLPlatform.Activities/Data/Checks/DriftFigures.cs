namespace MLPlatform.Activities.Data.Checks;

/// <summary>The figures that compare two samples. docs/activities/data.md says exactly how they are computed.</summary>
internal static class DriftFigures
{
    /// <summary>An empty bin counts as this share, so that the index stays finite.</summary>
    public const double LeastShare = 1e-4;

    /// <summary>The population stability index: the sum over bins of (p - q) ln(p / q).</summary>
    public static double Psi(IReadOnlyList<DriftBin> bins)
    {
        double rows = bins.Sum(b => b.Rows), reference = bins.Sum(b => b.ReferenceRows), sum = 0;
        foreach (DriftBin bin in bins)
        {
            double p = Share(bin.Rows, rows), q = Share(bin.ReferenceRows, reference);
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
