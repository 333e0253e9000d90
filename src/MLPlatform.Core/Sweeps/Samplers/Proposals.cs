using System.Text.Json;

namespace MLPlatform.Core.Sweeps;

/// <summary>Chooses the parameters of trials. Pure: the same settings, trials so far and number give the same parameters.</summary>
public static class Proposals
{
    private const int DefaultTrials = 50;

    /// <summary>The parameters of the trial of this number, or null where nothing is left to try.</summary>
    /// <param name="soFar">Earlier trials, those that run included.</param>
    public static IReadOnlyDictionary<string, JsonElement>? Next(SweepSettings settings, IReadOnlyList<Trial> soFar, int number)
    {
        if (number >= Most(settings))
            return null;
        if (settings.Combinations.Count > 0)
            return settings.Combinations[number];
        SearchSpace space = new(settings.Space);
        return settings.Sampler switch
        {
            SamplerKind.Grid => GridSampler.At(space, number),
            SamplerKind.Sobol => space.At(SobolSequence.Point(space.Count, number, settings.Seed)),
            SamplerKind.Tpe when number >= settings.Startup => space.At(TpeSampler.Point(space, settings, soFar, number)),
            _ => space.At(Chance.Point(space.Count, settings.Seed, number)),
        };
    }

    /// <summary>How many combinations a list or a grid has; null where values are drawn.</summary>
    public static long? Combinations(SweepSettings settings) =>
        settings.Combinations.Count > 0 ? settings.Combinations.Count
        : settings.Sampler == SamplerKind.Grid ? GridSampler.Count(new SearchSpace(settings.Space)) : null;

    /// <summary>How many trials there will be, unless the sweep ends before.</summary>
    public static int Most(SweepSettings settings)
    {
        int most = settings.Budget.Trials ?? SweepSettings.MostTrials;
        if (settings.Combinations.Count > 0)
            return Math.Min(most, settings.Combinations.Count);
        SearchSpace space = new(settings.Space);
        return settings.Sampler == SamplerKind.Grid
            ? (int)Math.Min(most, GridSampler.Count(space))
            : settings.Budget.Trials ?? (settings.Budget.Time is null ? DefaultTrials : SweepSettings.MostTrials);
    }
}
