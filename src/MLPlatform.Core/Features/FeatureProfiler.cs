namespace MLPlatform.Core.Features;

/// <summary>Gathers the profile of one feature as rows go by. The same rows in the same order give the same profile.</summary>
public sealed class FeatureProfiler(PlannedFeature feature)
{
    private const int SampleSize = 8192;
    private const int MostFrequent = 50;
    private readonly List<FeatureValue> _sample = new(256);
    private readonly ExactSum _sum = new();
    private readonly ExactSum _squares = new();
    private long _rows;
    private long _missing;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private bool _tooLarge;
    private ulong _state = 0x9E37_79B9_7F4A_7C15;

    private bool IsNumber => feature.Type is not (FeatureType.String or FeatureType.Bool);

    public void Take(in FeatureValue value)
    {
        _rows++;
        if (!value.IsPresent)
        {
            _missing++;
            return;
        }
        if (IsNumber)
        {
            double number = NumberOf(value);
            _sum.Add(number);
            if (number * number is var square && double.IsFinite(square))
                _squares.Add(square);
            else
                _tooLarge = true;
            (_min, _max) = (Math.Min(_min, number), Math.Max(_max, number));
        }
        // A reservoir: each value so far is in the sample with the same chance, by a fixed sequence.
        long there = _rows - _missing;
        if (_sample.Count < SampleSize)
            _sample.Add(value);
        else if ((long)(Next() % (ulong)there) is var at and < SampleSize)
            _sample[(int)at] = value;
    }

    public FeatureProfile Profile()
    {
        long there = _rows - _missing;
        if (!IsNumber)
        {
            IEnumerable<ValueShare> shares = _sample.GroupBy(v => v.Text ?? (v.Bits != 0 ? "true" : "false"))
                .Select(g => new ValueShare(g.Key, (double)g.Count() / _sample.Count)).OrderByDescending(s => s.Share).ThenBy(s => s.Value, StringComparer.Ordinal).Take(MostFrequent);
            return new FeatureProfile(feature.Name, _rows, _missing, null, null, null, null, [], [.. shares]);
        }
        if (there == 0)
            return new FeatureProfile(feature.Name, _rows, _missing, null, null, null, null, [], []);
        double mean = _sum.Value / there;
        double[] sorted = [.. _sample.Select(v => NumberOf(v)).Order()];
        double[] percentiles = [.. Enumerable.Range(0, 101).Select(p => p == 0 ? _min : p == 100 ? _max : sorted[(int)((long)p * (sorted.Length - 1) / 100)])];
        double deviation = _tooLarge ? double.NaN : Math.Sqrt(Math.Max(0, (_squares.Value / there) - (mean * mean)));
        return new FeatureProfile(feature.Name, _rows, _missing, Finite(mean), Finite(deviation), _min, _max, percentiles, []);
    }

    private static double? Finite(double number) => double.IsFinite(number) ? number : null;

    private static double NumberOf(in FeatureValue value) => value.Type == FeatureType.Double ? value.Number : value.Bits;

    private ulong Next()
    {
        // SplitMix64.
        ulong z = _state += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
