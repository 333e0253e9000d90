namespace MLPlatform.Vlps.Declarations;

/// <summary>What a part is called that has no name of its own.</summary>
internal static class PartNames
{
    public static string Of(PartKind kind) => kind switch
    {
        PartKind.Linear => "linear",
        PartKind.Pairs => "pairs",
        PartKind.WeightedPairs => "weightedPairs",
        PartKind.Cross => "cross",
        _ => "perceptron",
    };
}
