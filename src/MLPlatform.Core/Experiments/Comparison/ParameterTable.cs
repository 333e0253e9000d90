using System.Globalization;

namespace MLPlatform.Core.Experiments.Comparison;

/// <summary>Parameters as numbers: those that are numbers as they are, others by the alphabetical place of their value.</summary>
/// <param name="Names">Parameters that vary; texts that nearly every run has another of tell nothing and are left out.</param>
/// <param name="Rows">For each run its values; a missing one is the smallest.</param>
public sealed record ParameterTable(IReadOnlyList<string> Names, double[][] Rows)
{
    public static ParameterTable Of(IReadOnlyList<TrackedRun> runs)
    {
        List<string> names = [];
        List<double[]> columns = [];
        foreach (ComparedText parameter in RunComparison.Texts(runs, run => run.Parameters).Where(p => p.Differs))
        {
            double[]? numbers = Numbers(parameter.Values);
            if (numbers is null && parameter.Distinct > Math.Max(10, runs.Count / 2))
                continue;
            names.Add(parameter.Name);
            columns.Add(numbers ?? Places(parameter.Values));
        }
        return new ParameterTable(names, [.. Enumerable.Range(0, runs.Count).Select(i => columns.Select(c => c[i]).ToArray())]);
    }

    /// <summary>The texts as numbers, or null where one is none.</summary>
    public static double[]? Numbers(IReadOnlyList<string?> texts)
    {
        double[] numbers = new double[texts.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = double.NegativeInfinity;
            if (texts[i] is { } text && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
                return null;
            if (double.IsNaN(numbers[i]))
                return null;
        }
        return numbers;
    }

    private static double[] Places(IReadOnlyList<string?> texts)
    {
        Dictionary<string, double> places = texts.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select((t, i) => (t, i))
            .ToDictionary(t => t.t, t => (double)t.i, StringComparer.Ordinal);
        return [.. texts.Select(t => t is null ? double.NegativeInfinity : places[t])];
    }
}
