namespace MLPlatform.Core.Drift;

/// <summary>
/// Compares two samples of numbers in one pass over their distinct values in ascending order: the Kolmogorov-Smirnov
/// distance, and the bins of the index, which end at quantiles of the reference. Needs no memory but the bins.
/// </summary>
/// <param name="show">How a value is written in a bin's name.</param>
public sealed class OrderedDrift(long rows, long referenceRows, int bins, Func<double, string> show)
{
    private readonly List<DriftBin> _bins = [];
    private long _seen;
    private long _seenReference;
    private long _binRows;
    private long _binReference;
    private double? _cut;
    private double _last;

    /// <summary>The largest distance between the two distribution functions so far.</summary>
    public double Ks { get; private set; }

    /// <param name="value">Larger than the one before.</param>
    public void Add(double value, long count, long referenceCount)
    {
        _seen += count;
        _seenReference += referenceCount;
        _binRows += count;
        _binReference += referenceCount;
        _last = value;
        if (rows > 0 && referenceRows > 0)
            Ks = Math.Max(Ks, Math.Abs((double)_seen / rows - (double)_seenReference / referenceRows));
        // A bin ends at the first value up to which the reference has at least i/bins of its rows; equal values stay together.
        if (referenceCount > 0 && _seenReference < referenceRows
            && (UpTo(_seenReference) > UpTo(_seenReference - referenceCount)))
            Close(value);
    }

    /// <summary>The bins: from the lowest values to the highest, both ends open.</summary>
    public IReadOnlyList<DriftBin> Complete()
    {
        Close(_last, open: true);
        return _bins;
    }

    // How many of the cut points i/bins, i = 1 … bins - 1, lie at or below a cumulative count.
    private long UpTo(long count) => Math.Min(bins - 1, (long)((Int128)count * bins / Math.Max(1, referenceRows)));

    private void Close(double value, bool open = false)
    {
        string name = (_cut, open) switch
        {
            (null, true) => "any",
            (null, false) => $"≤ {show(value)}",
            ({ } from, true) => $"> {show(from)}",
            ({ } from, false) => $"{show(from)} – {show(value)}",
        };
        _bins.Add(new DriftBin(name, _binRows, _binReference));
        (_binRows, _binReference, _cut) = (0, 0, value);
    }
}
