using System.Globalization;
using MLPlatform.Core.Experiments;

namespace MLPlatform.Cli.Experiments;

/// <summary>How tracked runs are printed.</summary>
internal static class RunTable
{
    private const int Longest = 60;

    public static string Word(TrackedState status) => status.ToString().ToLowerInvariant();

    public static string Number(double? value) => value switch
    {
        null => "",
        { } v when v == Math.Floor(v) && Math.Abs(v) < 1e15 => v.ToString("0", CultureInfo.InvariantCulture),
        { } v => v.ToString("G5", CultureInfo.InvariantCulture),
    };

    /// <summary>As many as one line holds.</summary>
    public static string Short(IEnumerable<string> parts)
    {
        string all = string.Join("  ", parts);
        return all.Length <= Longest ? all : all[..(Longest - 1)] + "…";
    }
}
