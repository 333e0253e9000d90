using System.Globalization;
using MLPlatform.Core.Experiments.Comparison;

namespace MLPlatform.Server.Experiments.Report;

/// <summary>Where values lie on a line from 0 to 1: numbers by their size, by their logarithm where they span orders of magnitude; texts side by side.</summary>
internal sealed class Axis
{
    private readonly double _low, _high;
    private readonly bool _logarithmic;
    private readonly List<string>? _places;

    private Axis(string name, double low, double high, bool logarithmic, List<string>? places) =>
        (Name, _low, _high, _logarithmic, _places) = (name, low, high, logarithmic, places);

    public string Name { get; }

    public string Low => _places is null ? ComparisonReport.Number(_logarithmic ? Math.Pow(10, _low) : _low) : _places[0];

    public string High => _places is null ? ComparisonReport.Number(_logarithmic ? Math.Pow(10, _high) : _high) : _places[^1];

    public static Axis? OfTexts(string name, IReadOnlyList<string?> texts)
    {
        if (ParameterTable.Numbers(texts) is { } numbers)
            return OfNumbers(name, numbers.Where(double.IsFinite));
        List<string> places = [.. texts.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return places.Count == 0 ? null : new Axis(name, 0, Math.Max(1, places.Count - 1), false, places);
    }

    public static Axis? OfNumbers(string name, IEnumerable<double> numbers, bool mayBeLogarithmic = true)
    {
        double[] known = [.. numbers.Where(double.IsFinite)];
        if (known.Length == 0)
            return null;
        (double low, double high) = (known.Min(), known.Max());
        bool logarithmic = mayBeLogarithmic && low > 0 && high / low >= 100;
        return logarithmic ? new Axis(name, Math.Log10(low), Math.Log10(high), true, null) : new Axis(name, low, high, false, null);
    }

    public double? At(string? text) => text is null ? null
        : _places is not null ? Scaled(_places.IndexOf(text))
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? At(number) : null;

    public double? At(double? number) => number is not { } value || !double.IsFinite(value) || (_logarithmic && value <= 0) ? null
        : Scaled(_logarithmic ? Math.Log10(value) : value);

    private double Scaled(double value) => _high > _low ? Math.Clamp((value - _low) / (_high - _low), 0, 1) : 0.5;
}
