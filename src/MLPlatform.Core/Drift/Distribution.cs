namespace MLPlatform.Core.Drift;

/// <summary>
/// What is kept of how a column's values are distributed when the values themselves are gone: enough to tell how far another
/// sample moved from it. Two of the same kind can be compared.
/// </summary>
/// <param name="Rows">Rows it was made from.</param>
/// <param name="Missing">Rows of them without a value.</param>
public abstract record Distribution(long Rows, long Missing)
{
    public double MissingRate => Rows == 0 ? 0 : (double)Missing / Rows;

    /// <summary>Numbers, known by evenly spread quantiles from the least to the greatest value.</summary>
    public sealed record Quantiles(long Rows, long Missing, IReadOnlyList<double> Values) : Numbers(Rows, Missing)
    {
        public override bool IsKnown => Values.Count > 1;
        public override IEnumerable<double> Knots => Values;

        /// <summary>Between two quantiles values are taken as evenly spread.</summary>
        public override double AtMost(double value)
        {
            int count = CountAtMost(Values, value);
            if (count == 0)
                return 0;
            if (count == Values.Count)
                return 1;
            double low = Values[count - 1], high = Values[count];
            return (count - 1 + (high > low ? (value - low) / (high - low) : 0)) / (Values.Count - 1);
        }

        public override double At(double share) => Values[(int)Math.Round(share * (Values.Count - 1))];
    }

    /// <summary>Numbers, known by the counts between ascending edges; there is one edge more than counts.</summary>
    public sealed record Histogram(long Rows, long Missing, IReadOnlyList<double> Edges, IReadOnlyList<long> Counts) : Numbers(Rows, Missing)
    {
        public override bool IsKnown => Counts.Sum() > 0;
        public override IEnumerable<double> Knots => Edges;

        /// <summary>Within a bin values are taken as evenly spread.</summary>
        public override double AtMost(double value)
        {
            int bin = CountAtMost(Edges, value) - 1;
            if (bin < 0)
                return 0;
            double below = Counts.Take(bin).Sum();
            if (bin < Counts.Count)
                below += Counts[bin] * (value - Edges[bin]) / (Edges[bin + 1] - Edges[bin]);
            return below / Counts.Sum();
        }

        public override double At(double share)
        {
            double left = share * Counts.Sum();
            int bin = 0;
            while (bin < Counts.Count - 1 && left > Counts[bin])
                left -= Counts[bin++];
            return Counts[bin] == 0 ? Edges[bin] : Edges[bin] + (left / Counts[bin] * (Edges[bin + 1] - Edges[bin]));
        }
    }

    /// <summary>Texts or truth values, known by the shares of the frequent ones among those present.</summary>
    public sealed record Categories(long Rows, long Missing, IReadOnlyDictionary<string, double> Shares) : Distribution(Rows, Missing);

    public abstract record Numbers(long Rows, long Missing) : Distribution(Rows, Missing)
    {
        /// <summary>Whether anything is known but how many values are missing.</summary>
        public abstract bool IsKnown { get; }

        /// <summary>Where the distribution function bends.</summary>
        public abstract IEnumerable<double> Knots { get; }

        /// <summary>The share of the values that are not above this one.</summary>
        public abstract double AtMost(double value);

        /// <summary>The value up to which the share of the values lies.</summary>
        public abstract double At(double share);

        protected static int CountAtMost(IReadOnlyList<double> ascending, double value)
        {
            int low = 0, high = ascending.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                (low, high) = ascending[middle] <= value ? (middle + 1, high) : (low, middle);
            }
            return low;
        }
    }
}
