using System.Text.Json;

namespace MLPlatform.Core.Sweeps;

/// <summary>Every combination of the values of each parameter, the last parameter changing fastest.</summary>
internal static class GridSampler
{
    /// <summary>How many combinations differ. A parameter whose condition does not hold counts once.</summary>
    public static long Count(SearchSpace space)
    {
        decimal all = 1;
        foreach ((_, Dimension dimension) in space.Dimensions)
            all *= dimension.Grid().Count;
        if (all > SweepSettings.MostTrials)
            return (long)Math.Min(all, long.MaxValue);
        return space.Dimensions.All(d => d.Value.When is null) ? (long)all : Distinct(space).Count;
    }

    public static IReadOnlyDictionary<string, JsonElement>? At(SearchSpace space, int number)
    {
        if (space.Dimensions.Any(d => d.Value.When is not null))
            return Distinct(space) is { } some && number < some.Count ? some[number] : null;
        return Cell(space, number);
    }

    private static Dictionary<string, JsonElement> Cell(SearchSpace space, long number)
    {
        Dictionary<string, JsonElement> cell = new(StringComparer.Ordinal);
        foreach ((string name, Dimension dimension) in space.Dimensions.Reverse())
        {
            IReadOnlyList<JsonElement> values = dimension.Grid();
            cell[name] = values[(int)(number % values.Count)];
            number /= values.Count;
        }
        return cell;
    }

    private static List<IReadOnlyDictionary<string, JsonElement>> Distinct(SearchSpace space)
    {
        long all = 1;
        foreach ((_, Dimension dimension) in space.Dimensions)
            all *= dimension.Grid().Count;
        HashSet<string> seen = [];
        List<IReadOnlyDictionary<string, JsonElement>> cells = [];
        for (long i = 0; i < all; i++)
        {
            IReadOnlyDictionary<string, JsonElement> given = space.Given(Cell(space, i));
            if (seen.Add(string.Join('\n', given.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key + "=" + g.Value.GetRawText()))))
                cells.Add(given);
        }
        return cells;
    }
}
