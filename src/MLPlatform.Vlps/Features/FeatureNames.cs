namespace MLPlatform.Vlps.Features;

/// <summary>What declared features are called, which needs no table.</summary>
public static class FeatureNames
{
    /// <summary>The names of all features that the declarations make, in order; null where one of them makes no sense.</summary>
    public static IReadOnlyList<string>? Of(IReadOnlyList<FeatureDeclaration> declarations)
    {
        var names = new List<string>();
        foreach (FeatureDeclaration declared in declarations)
        {
            if (declared is null || FeatureDrafts.Operations(declared).ToList() is not [var (operation, inputs)])
                return null;
            names.AddRange(operation == "cross" ? [OfCross(declared)] : inputs.Select(column => Of(declared, operation, column)));
        }
        return names;
    }

    internal static string OfCross(FeatureDeclaration declared) => declared.Name ?? string.Join('*', declared.Cross!);

    internal static string Of(FeatureDeclaration declared, string operation, string column) => declared.Name ?? column + operation switch
    {
        "hash" => "",
        "bucketize" => ".bucket",
        "log" => ".log",
        "standardize" => ".scaled",
        "numeric" => ".number",
        "oneHot" => ".oneHot",
        _ => ".text",
    };
}
