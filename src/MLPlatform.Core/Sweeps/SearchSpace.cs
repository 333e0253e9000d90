using System.Text.Json;

namespace MLPlatform.Core.Sweeps;

/// <summary>The parameters to search in a fixed order: by name, whatever the order in the file.</summary>
public sealed class SearchSpace
{
    private readonly KeyValuePair<string, Dimension>[] _dimensions;

    public SearchSpace(IReadOnlyDictionary<string, Dimension> space) => _dimensions = [.. space.OrderBy(d => d.Key, StringComparer.Ordinal)];

    public int Count => _dimensions.Length;

    public IReadOnlyList<KeyValuePair<string, Dimension>> Dimensions => _dimensions;

    /// <summary>The parameters that a point of the unit cube stands for; those whose condition does not hold are left out.</summary>
    public IReadOnlyDictionary<string, JsonElement> At(IReadOnlyList<double> point) =>
        Given(Enumerable.Range(0, Count).ToDictionary(i => _dimensions[i].Key, i => _dimensions[i].Value.At(point[i]), StringComparer.Ordinal));

    /// <summary>The point of a combination; null where a parameter was not given or is not of the space.</summary>
    public double?[] Of(IReadOnlyDictionary<string, JsonElement> values) =>
        [.. _dimensions.Select(d => values.TryGetValue(d.Key, out JsonElement value) ? d.Value.Of(value) : null)];

    /// <summary>Without the parameters whose condition does not hold.</summary>
    internal IReadOnlyDictionary<string, JsonElement> Given(IReadOnlyDictionary<string, JsonElement> all) =>
        _dimensions.Where(d => d.Value.When?.Holds(all) != false).ToDictionary(d => d.Key, d => all[d.Key], StringComparer.Ordinal);
}
