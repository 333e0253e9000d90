using System.Globalization;

namespace MLPlatform.Core.Experiments.Search;

/// <summary>
/// Reads filters and orders as tracking clients write them: <c>metrics.auc &gt; 0.7 AND params.model = "fm"</c>,
/// <c>tags.`my tag` LIKE 'a%'</c>, <c>attributes.run_id IN ('a', 'b')</c>; conditions are joined by AND alone.
/// </summary>
public static class FilterParser
{
    private static readonly Dictionary<string, FilterEntity> Entities = new(StringComparer.OrdinalIgnoreCase)
    {
        ["attribute"] = FilterEntity.Attribute,
        ["attributes"] = FilterEntity.Attribute,
        ["attr"] = FilterEntity.Attribute,
        ["run"] = FilterEntity.Attribute,
        ["metric"] = FilterEntity.Metric,
        ["metrics"] = FilterEntity.Metric,
        ["param"] = FilterEntity.Parameter,
        ["params"] = FilterEntity.Parameter,
        ["parameter"] = FilterEntity.Parameter,
        ["parameters"] = FilterEntity.Parameter,
        ["tag"] = FilterEntity.Tag,
        ["tags"] = FilterEntity.Tag,
        ["dataset"] = FilterEntity.Dataset,
        ["datasets"] = FilterEntity.Dataset,
    };

    /// <summary>The conditions of a filter; none for an empty one.</summary>
    /// <param name="numbers">Attributes that are numbers.</param>
    public static IReadOnlyList<FilterCondition> Conditions(string? filter, IReadOnlySet<string> numbers)
    {
        FilterTokens tokens = new(filter ?? "");
        List<FilterCondition> conditions = [];
        while (!tokens.AtEnd)
        {
            if (conditions.Count > 0 && !tokens.TryWord("AND"))
                throw tokens.Wrong("AND between two conditions");
            conditions.Add(Condition(tokens, numbers));
        }
        return conditions;
    }

    /// <summary>One order: a field, and whether the largest come first.</summary>
    public static (FilterKey Key, bool Descending) Order(string order)
    {
        FilterTokens tokens = new(order);
        FilterKey key = Key(tokens);
        bool descending = tokens.TryWord("DESC");
        if (!descending)
            tokens.TryWord("ASC");
        return tokens.AtEnd ? (key, descending) : throw tokens.Wrong("ASC, DESC or the end");
    }

    private static FilterCondition Condition(FilterTokens tokens, IReadOnlySet<string> numbers)
    {
        FilterKey key = Key(tokens);
        FilterOperator comparison = Operator(tokens);
        if (comparison is FilterOperator.IsNull or FilterOperator.IsNotNull)
            return new FilterCondition(key, comparison, [], null);
        if (comparison is FilterOperator.In or FilterOperator.NotIn)
            return new FilterCondition(key, comparison, tokens.List(), null);
        bool isNumber = key.Entity == FilterEntity.Metric || (key.Entity == FilterEntity.Attribute && numbers.Contains(key.Name));
        string value = tokens.Value(out bool quoted);
        if (!isNumber)
            return quoted || key.Entity == FilterEntity.Attribute ? new FilterCondition(key, comparison, [value], null) : throw tokens.Wrong($"a value in quotes for {key.Name}");
        if (comparison is FilterOperator.Like or FilterOperator.ILike || !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            throw tokens.Wrong($"a number for {key.Name}");
        return new FilterCondition(key, comparison, [], number);
    }

    private static FilterKey Key(FilterTokens tokens)
    {
        string first = tokens.Name(out bool quoted);
        if (!tokens.TrySymbol("."))
            return new FilterKey(FilterEntity.Attribute, first);
        if (quoted || !Entities.TryGetValue(first, out FilterEntity entity))
            throw tokens.Wrong("metrics, params, tags, attributes or datasets before the dot");
        string name = tokens.Name(out quoted);
        while (!quoted && tokens.TrySymbol(".")) // tags.mlflow.runName needs no quotes.
            name += "." + tokens.Name(out quoted);
        return new FilterKey(entity, name);
    }

    private static FilterOperator Operator(FilterTokens tokens)
    {
        foreach ((string symbol, FilterOperator meaning) in ((string, FilterOperator)[])[
            ("!=", FilterOperator.NotEqual), ("<>", FilterOperator.NotEqual), (">=", FilterOperator.GreaterOrEqual), ("<=", FilterOperator.LessOrEqual),
            ("==", FilterOperator.Equal), ("=", FilterOperator.Equal), (">", FilterOperator.Greater), ("<", FilterOperator.Less)])
        {
            if (tokens.TrySymbol(symbol))
                return meaning;
        }
        if (tokens.TryWord("LIKE"))
            return FilterOperator.Like;
        if (tokens.TryWord("ILIKE"))
            return FilterOperator.ILike;
        if (tokens.TryWord("IN"))
            return FilterOperator.In;
        if (tokens.TryWord("NOT") && tokens.TryWord("IN"))
            return FilterOperator.NotIn;
        if (!tokens.TryWord("IS"))
            throw tokens.Wrong("=, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL or IS NOT NULL");
        bool not = tokens.TryWord("NOT");
        if (!tokens.TryWord("NULL"))
            throw tokens.Wrong("NULL");
        return not ? FilterOperator.IsNotNull : FilterOperator.IsNull;
    }
}
