namespace MLPlatform.Core.Experiments.Search;

/// <summary>What a condition looks at.</summary>
public enum FilterEntity
{
    Attribute,
    Metric,
    Parameter,
    Tag,
    Dataset,
}

/// <summary>A field of a run or a model: <c>metrics.auc</c>, <c>params."batch size"</c>, <c>status</c>.</summary>
public readonly record struct FilterKey(FilterEntity Entity, string Name);

/// <summary>How a field is compared.</summary>
public enum FilterOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Like,
    ILike,
    In,
    NotIn,
    IsNull,
    IsNotNull,
}

/// <summary>One condition of a filter; all of them must hold.</summary>
/// <param name="Texts">What a text is compared with: one value, or a list for IN.</param>
/// <param name="Number">What a number is compared with.</param>
public sealed record FilterCondition(FilterKey Key, FilterOperator Operator, IReadOnlyList<string> Texts, double? Number)
{
    /// <summary>Whether a text meets the condition; a missing one meets only IS NULL.</summary>
    public bool Holds(string? text) => (Operator, text) switch
    {
        (FilterOperator.IsNull, _) => text is null,
        (_, null) => false,
        (FilterOperator.IsNotNull, _) => true,
        (FilterOperator.Equal, _) => text == Texts[0],
        (FilterOperator.NotEqual, _) => text != Texts[0],
        (FilterOperator.Like, _) => LikePattern.Matches(text, Texts[0], StringComparison.Ordinal),
        (FilterOperator.ILike, _) => LikePattern.Matches(text, Texts[0], StringComparison.OrdinalIgnoreCase),
        (FilterOperator.In, _) => Texts.Contains(text),
        (FilterOperator.NotIn, _) => !Texts.Contains(text),
        (FilterOperator.Less, _) => string.CompareOrdinal(text, Texts[0]) < 0,
        (FilterOperator.LessOrEqual, _) => string.CompareOrdinal(text, Texts[0]) <= 0,
        (FilterOperator.Greater, _) => string.CompareOrdinal(text, Texts[0]) > 0,
        _ => string.CompareOrdinal(text, Texts[0]) >= 0,
    };

    /// <summary>Whether a number meets the condition. Not-a-number is unequal to everything, itself included.</summary>
    public bool Holds(double? number) => (Operator, number) switch
    {
        (FilterOperator.IsNull, _) => number is null,
        (_, null) => false,
        (FilterOperator.IsNotNull, _) => true,
        (FilterOperator.Equal, { } n) => n == Number,
        (FilterOperator.NotEqual, { } n) => n != Number,
        (FilterOperator.Less, { } n) => n < Number,
        (FilterOperator.LessOrEqual, { } n) => n <= Number,
        (FilterOperator.Greater, { } n) => n > Number,
        (FilterOperator.GreaterOrEqual, { } n) => n >= Number,
        _ => false,
    };
}

/// <summary>SQL's LIKE: % stands for any text, _ for one character.</summary>
internal static class LikePattern
{
    public static bool Matches(string text, string pattern, StringComparison comparison)
    {
        // The last % and where it was tried from: on a mismatch it takes one character more.
        (int t, int p, int star, int tried) = (0, 0, -1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '%')
                (star, tried, p) = (p, t, p + 1);
            else if (p < pattern.Length && (pattern[p] == '_' || string.Compare(pattern, p, text, t, 1, comparison) == 0))
                (t, p) = (t + 1, p + 1);
            else if (star >= 0)
                (p, t) = (star + 1, ++tried);
            else
                return false;
        }
        while (p < pattern.Length && pattern[p] == '%')
            p++;
        return p == pattern.Length;
    }
}
