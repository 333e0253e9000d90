namespace MLPlatform.Activities.Data.Checks;

/// <summary>
/// Takes the distinct values of a column in ascending order, with their counts, and works out the figures on the way: one
/// pass, in one order, so that the figures do not depend on the number of cores, and without memory for the values.
/// </summary>
internal sealed class OrderedProfile(long total)
{
    /// <summary>The shares that a profile tells the quantiles of.</summary>
    public static readonly IReadOnlyList<double> Shares = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

    private readonly List<Number> _quantiles = [];
    private long _seen;
    private double _mean;
    private double _squares;

    public long Distinct { get; private set; }
    public long Zeros { get; private set; }
    public long Negative { get; private set; }
    public Number? Min { get; private set; }
    public Number? Max { get; private set; }
    public IReadOnlyList<Number> Quantiles => _quantiles;
    public double? Mean => _seen == 0 ? null : _mean;
    public double? Deviation => _seen < 2 ? null : Math.Sqrt(_squares / (_seen - 1));

    public void Add(Number value, long count)
    {
        Distinct++;
        Min ??= value;
        Max = value;
        Zeros += value.Double == 0 ? count : 0;
        Negative += value.Double < 0 ? count : 0;
        // Welford's update for a value that occurs count times.
        _seen += count;
        double step = value.Double - _mean;
        _mean += step * count / _seen;
        _squares += step * (value.Double - _mean) * count;
        while (_quantiles.Count < Shares.Count && _seen >= Rank(Shares[_quantiles.Count]))
            _quantiles.Add(value);
    }

    private long Rank(double share) => Math.Max(1, (long)Math.Ceiling((decimal)share * total));
}

/// <summary>A number as its column holds it: whole numbers and instants keep all 64 bits.</summary>
internal readonly record struct Number(double Double, long Whole);
