namespace MLPlatform.Core.Sweeps;

/// <summary>
/// A tree-structured Parzen estimator: one density over the good trials, one over the rest, and of some points drawn from the
/// first the one where it exceeds the second the most. The densities are products over the parameters of whole trials, so
/// parameters that only work together are found together.
/// </summary>
internal static class TpeSampler
{
    private const int Candidates = 48;
    private const double NarrowestBand = 0.01;

    public static double[] Point(SearchSpace space, SweepSettings settings, IReadOnlyList<Trial> soFar, int number)
    {
        // 1. Trials from good to bad. One that runs still is counted among the bad: its neighbourhood is being looked at already.
        List<Trial> ranked = Ranking.Order(soFar.Where(t => t.State.IsTerminal), settings.Objective.Direction);
        double?[][] good = [.. ranked.Take(GoodOf(ranked.Count)).Select(t => space.Of(t.Parameters))];
        double?[][] bad = [.. ranked.Skip(good.Length).Concat(soFar.Where(t => !t.State.IsTerminal)).Select(t => space.Of(t.Parameters))];
        if (good.Length == 0)
            return Chance.Point(space.Count, settings.Seed, number);

        // 2. Draw near the good ones; take the one that is least like the bad ones.
        Density near = new(space, good), far = new(space, bad);
        Draws draws = new(settings.Seed, number);
        (double[]? best, double most) = (null, double.NegativeInfinity);
        for (int i = 0; i < Candidates; i++)
        {
            double[] candidate = near.Draw(draws);
            double gain = near.Log(candidate) - far.Log(candidate);
            if (best is null || gain > most)
                (best, most) = (candidate, gain);
        }
        return best!;
    }

    private static int GoodOf(int trials) => Math.Min((int)Math.Ceiling(0.15 * trials), 25);

    /// <summary>The numbers drawn for one trial, in order.</summary>
    private sealed class Draws(long seed, int number)
    {
        private long _drawn = 1_000_000; // Apart from those of the first trials.

        public double Next() => Chance.Unit(seed, number, _drawn++);
    }

    /// <summary>A mixture of one kernel around each trial and an even one over the whole space.</summary>
    private sealed class Density(SearchSpace space, double?[][] centres)
    {
        private readonly double _width = Width(space, centres.Length);

        public double[] Draw(Draws draws)
        {
            int kernel = (int)(draws.Next() * (centres.Length + 1));
            double[] point = new double[space.Count];
            for (int d = 0; d < point.Length; d++)
            {
                double? centre = kernel < centres.Length ? centres[kernel][d] : null;
                point[d] = centre is not { } at ? draws.Next()
                    : space.Dimensions[d].Value is ChoiceDimension choice ? DrawChoice(choice, at, draws)
                    : Truncated(at, _width, draws);
            }
            return point;
        }

        public double Log(double[] point)
        {
            double most = 0, sum = 1; // The even kernel: everywhere 1.
            foreach (double?[] centre in centres)
            {
                double log = 0;
                for (int d = 0; d < point.Length; d++)
                    log += centre[d] is { } at ? LogKernel(d, point[d], at) : 0;
                if (log > most)
                    (sum, most) = ((sum * Math.Exp(most - log)) + 1, log);
                else
                    sum += Math.Exp(log - most);
            }
            return most + Math.Log(sum / (centres.Length + 1));
        }

        private double LogKernel(int dimension, double x, double centre)
        {
            if (space.Dimensions[dimension].Value is ChoiceDimension choice)
            {
                int count = choice.Values.Count;
                double even = Loose(count);
                return Math.Log(((int)(x * count) == (int)(centre * count) ? 1 - even + (even / count) : even / count) * count);
            }
            double width = _width, z = (x - centre) / width;
            double mass = Normal.Below((1 - centre) / width) - Normal.Below(-centre / width);
            return (-0.5 * z * z) - Math.Log(width * Math.Sqrt(2 * Math.PI) * mass);
        }

        private double DrawChoice(ChoiceDimension choice, double centre, Draws draws) =>
            draws.Next() < Loose(choice.Values.Count) ? draws.Next() : centre;

        // With few trials a choice is hardly held on to; with many, more.
        private double Loose(int values) => Math.Min(1, values / (double)(values + centres.Length));

        private static double Truncated(double centre, double width, Draws draws)
        {
            double low = Normal.Below(-centre / width), high = Normal.Below((1 - centre) / width);
            return Math.Clamp(centre + (width * Normal.Quantile(low + (draws.Next() * (high - low)))), 0, Math.BitDecrement(1.0));
        }

        // As wide as so many points in so many dimensions lie apart, whatever their spread: a few good trials that happen to lie
        // together must not keep the search from looking around.
        private static double Width(SearchSpace space, int trials) =>
            Math.Max(0.2 * Math.Pow(Math.Max(1, trials), -1.0 / (space.Count + 4)), NarrowestBand);
    }
}
