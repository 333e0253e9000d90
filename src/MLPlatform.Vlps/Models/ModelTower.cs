using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Networks;

namespace MLPlatform.Vlps.Models;

/// <summary>One of the two towers of a model: it turns the columns that it reads into a vector.</summary>
public sealed class ModelTower
{
    internal ModelTower(Tower way, FeatureSpec features)
    {
        Way = way;
        Fields = [.. way.Fields.Select(f => features.Features[f].Name)];
        Columns = [.. way.Fields.SelectMany(f => features.Features[f].Columns).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The name of its perceptron.</summary>
    public string Name => Way.Name;

    /// <summary>The features that it reads.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>The columns that rows must have for it.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Numbers of a vector.</summary>
    public int Width => Way.Output.Width;

    internal Tower Way { get; }
}
