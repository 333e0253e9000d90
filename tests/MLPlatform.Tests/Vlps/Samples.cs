using MLPlatform.Vlps.Features;

namespace MLPlatform.Tests.Vlps;

/// <summary>Ids of samples that are made up in memory.</summary>
internal static class Samples
{
    public static ulong Id(string field, int value) => FeatureHash.Combine(FeatureHash.Seed(field), (ulong)value + 1);
}
