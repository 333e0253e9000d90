using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Vlps.Features;

/// <summary>
/// One line of a declared feature set: exactly one of <c>hash</c>, <c>bucketize</c>, <c>log</c>, <c>standardize</c>,
/// <c>numeric</c>, <c>oneHot</c>, <c>textNgram</c> (each a list of columns, one feature for each) or <c>cross</c> (one
/// feature of all its parts), and its options. Missing values are ordinary: each feature has a place of its own for them.
/// </summary>
public sealed record FeatureDeclaration
{
    [Description("Columns whose values are categories, hashed; any number of values.")]
    public IReadOnlyList<string>? Hash { get; init; }

    [Description("Numeric columns cut into buckets: at `boundaries`, or at quantiles of the fitted table (`buckets` of them).")]
    public IReadOnlyList<string>? Bucketize { get; init; }

    [Description("Numeric columns as sign(x)·ln(1+|x|), then scaled to mean 0 and deviation 1 on the fitted table.")]
    public IReadOnlyList<string>? Log { get; init; }

    [Description("Numeric columns scaled to mean 0 and deviation 1 on the fitted table.")]
    public IReadOnlyList<string>? Standardize { get; init; }

    [Description("Numeric columns as they are.")]
    public IReadOnlyList<string>? Numeric { get; init; }

    [Description("Columns whose values are categories; values seen less than `minCount` times share one unknown category.")]
    public IReadOnlyList<string>? OneHot { get; init; }

    [Description("Two or more categorical features (by name) or columns, combined into one category.")]
    public IReadOnlyList<string>? Cross { get; init; }

    [Description("Text columns as hashed word and character n-grams, scaled to length 1.")]
    public IReadOnlyList<string>? TextNgram { get; init; }

    [Description("The feature's name, where the declaration makes one feature. Default: column names and what is done to them.")]
    public string? Name { get; init; }

    [Description("bucketize: how many buckets of about equal size. Default: 10."), Range(2, 10_000)]
    public int? Buckets { get; init; }

    [Description("bucketize: ascending boundaries; a value equal to one goes to the bucket above it.")]
    public IReadOnlyList<double>? Boundaries { get; init; }

    [Description("oneHot: how often a value must occur to get a place of its own. Default: 1."), Range(1, int.MaxValue, ErrorMessage = "{0} must be at least 1.")]
    public int? MinCount { get; init; }

    [Description("textNgram: lengths of word n-grams; null for none. Default: 1 to 2 when neither kind is given.")]
    public NgramRange? Words { get; init; }

    [Description("textNgram: lengths of character n-grams; null for none. Default: 3 to 5 when neither kind is given.")]
    public NgramRange? Characters { get; init; }

    [Description("textNgram: whether case is ignored. Default: true.")]
    public bool? LowerCase { get; init; }
}

/// <param name="Min">Shortest n-gram, at least 1.</param>
/// <param name="Max">Longest n-gram, at most 10.</param>
public sealed record NgramRange([property: Range(1, 10)] int Min, [property: Range(1, 10)] int Max);
