namespace MLPlatform.Vlps.Features;

/// <summary>Reads declarations: one draft for each feature, names resolved, everything that makes no sense refused.</summary>
internal static class FeatureDrafts
{
    public static FeatureDraft[] Of(IReadOnlyList<FeatureDeclaration> declarations, IReadOnlyList<string> columnNames)
    {
        if (declarations.Count == 0)
            throw Bad("no features are declared");
        var columns = columnNames.ToHashSet(StringComparer.Ordinal);
        var drafts = new List<FeatureDraft>();
        for (int i = 0; i < declarations.Count; i++)
        {
            foreach (FeatureDraft draft in Read(declarations[i], i, drafts, columns))
            {
                if (drafts.Any(d => d.Name == draft.Name))
                    throw Bad($"features[{i}]: there are two features named '{draft.Name}'; give one of them another 'name'");
                if (draft.Columns.FirstOrDefault(c => !columns.Contains(c)) is { } absent)
                    throw new VlpsException(VlpsProblem.MissingColumn,
                        $"features[{i}]: the table has no column '{absent}'; it has {string.Join(", ", columnNames.Take(60))}");
                drafts.Add(draft);
            }
        }
        return [.. drafts];
    }

    private static IEnumerable<FeatureDraft> Read(
        FeatureDeclaration declared, int index, List<FeatureDraft> before, HashSet<string> columns)
    {
        (string Operation, IReadOnlyList<string> Of)[] given = [.. Operations(declared)];
        if (given is not [var (operation, inputs)])
            throw Bad($"features[{index}]: name exactly one of hash, bucketize, log, standardize, numeric, oneHot, cross, textNgram; there are {given.Length}");
        if (inputs.Count == 0)
            throw Bad($"features[{index}]: '{operation}' names no columns");
        if (Idle(declared, operation).FirstOrDefault() is { } idle)
            throw Bad($"features[{index}]: '{idle}' would do nothing beside '{(operation == "bucketize" ? "boundaries" : operation)}'; leave it out");
        if (operation == "cross")
            return [Cross(declared, index, before, columns)];
        if (declared.Name is not null && inputs.Count > 1)
            throw Bad($"features[{index}]: 'name' needs exactly one column, '{operation}' has {inputs.Count}");
        return inputs.Select(column => One(declared, index, operation, column));
    }

    private static FeatureDraft One(FeatureDeclaration declared, int index, string operation, string column)
    {
        string name = FeatureNames.Of(declared, operation, column);
        return operation switch
        {
            "hash" => new HashDraft(name, column),
            "bucketize" => new BucketDraft(name, column, declared.Buckets ?? 10, Ascending(declared.Boundaries, index)),
            "log" => new NumberDraft(name, column, log: true, scale: true),
            "standardize" => new NumberDraft(name, column, log: false, scale: true),
            "numeric" => new NumberDraft(name, column, log: false, scale: false),
            "oneHot" => new OneHotDraft(name, column, declared.MinCount ?? 1),
            _ => Text(declared, index, name, column),
        };
    }

    private static CrossDraft Cross(FeatureDeclaration declared, int index, List<FeatureDraft> before, HashSet<string> columns)
    {
        IReadOnlyList<string> names = declared.Cross!;
        if (names.Count < 2)
            throw Bad($"features[{index}]: a cross needs two parts or more");
        FeatureDraft[] parts = [.. names.Select(part => Part(part, index, before, columns))];
        return new CrossDraft(FeatureNames.OfCross(declared), parts);
    }

    private static FeatureDraft Part(string part, int index, List<FeatureDraft> before, HashSet<string> columns)
    {
        if (before.Find(d => d.Name == part) is { } feature)
            return feature.IsCategorical
                ? feature
                : throw Bad($"features[{index}]: '{part}' is not categorical; bucketize it before crossing it");
        return columns.Contains(part)
            ? new HashDraft(part, part)
            : throw Bad($"features[{index}]: '{part}' is neither a column nor a feature declared before it");
    }

    private static TextDraft Text(FeatureDeclaration declared, int index, string name, string column)
    {
        NgramRange? words = declared.Words, characters = declared.Characters;
        if (words is null && characters is null)
            (words, characters) = (new NgramRange(1, 2), new NgramRange(3, 5));
        foreach (NgramRange? range in new[] { words, characters })
        {
            if (range is { } r && (r.Min < 1 || r.Max < r.Min || r.Max > 10))
                throw Bad($"features[{index}]: n-gram lengths go from 1 to 10, and min is not above max; there are {r.Min} to {r.Max}");
        }
        return new TextDraft(name, column, words, characters, declared.LowerCase ?? true);
    }

    private static IReadOnlyList<double>? Ascending(IReadOnlyList<double>? boundaries, int index)
    {
        for (int i = 1; boundaries is not null && i < boundaries.Count; i++)
        {
            if (boundaries[i] <= boundaries[i - 1])
                throw Bad($"features[{index}]: boundaries must ascend, but {boundaries[i]} comes after {boundaries[i - 1]}");
        }
        return boundaries;
    }

    /// <summary>What a declaration asks for; exactly one where it makes sense.</summary>
    public static IEnumerable<(string Operation, IReadOnlyList<string> Of)> Operations(FeatureDeclaration d)
    {
        (string Name, IReadOnlyList<string>? Of)[] all =
        [
            ("hash", d.Hash), ("bucketize", d.Bucketize), ("log", d.Log), ("standardize", d.Standardize),
            ("numeric", d.Numeric), ("oneHot", d.OneHot), ("cross", d.Cross), ("textNgram", d.TextNgram),
        ];
        return all.Where(o => o.Of is not null).Select(o => (o.Name, o.Of!));
    }

    /// <summary>Options that are given but mean nothing to the operation.</summary>
    private static IEnumerable<string> Idle(FeatureDeclaration d, string operation)
    {
        (string Name, bool Given, bool Counts)[] all =
        [
            ("buckets", d.Buckets is not null, operation == "bucketize" && d.Boundaries is null),
            ("boundaries", d.Boundaries is not null, operation == "bucketize"),
            ("minCount", d.MinCount is not null, operation == "oneHot"),
            ("words", d.Words is not null, operation == "textNgram"),
            ("characters", d.Characters is not null, operation == "textNgram"),
            ("lowerCase", d.LowerCase is not null, operation == "textNgram"),
        ];
        return all.Where(o => o.Given && !o.Counts).Select(o => o.Name);
    }

    private static VlpsException Bad(string message) => new(VlpsProblem.Specification, message);
}
