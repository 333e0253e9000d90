using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>The grammar of quantities, and requests beside limits. Written after the API reference; it shares nothing with the product's own.</summary>
internal static partial class QuantityRules
{
    private const string Suffixes = "numkMGTPE";

    /// <summary>The value of <c>500m</c>, <c>2Gi</c>, <c>1e3</c>; null where it is no quantity.</summary>
    public static decimal? Parse(JsonNode? quantity)
    {
        if (quantity is null || Grammar().Match(quantity.ToString()) is not { Success: true } match)
            return null;
        decimal number = decimal.Parse(match.Groups["number"].Value, NumberStyles.Float, CultureInfo.InvariantCulture);
        string suffix = match.Groups["suffix"].Value;
        return number * suffix switch
        {
            "" => 1,
            [char letter, 'i'] => Power(1024, "KMGTPE".IndexOf(letter) + 1),
            [char letter] => Power(1000, Suffixes.IndexOf(letter) - 3),
            _ => Power(10, int.Parse(suffix.AsSpan(1), CultureInfo.InvariantCulture)),
        };
    }

    /// <summary>A container's <c>resources</c>.</summary>
    public static IEnumerable<string> Of(JsonObject? resources, string path)
    {
        JsonObject requests = resources?["requests"] as JsonObject ?? [], limits = resources?["limits"] as JsonObject ?? [];
        foreach ((string name, JsonNode? value) in requests.Concat(limits))
        {
            if (!NameRules.IsQualified(name) || (!name.Contains('/') && name is not ("cpu" or "memory" or "ephemeral-storage") && !name.StartsWith("hugepages-", StringComparison.Ordinal)))
                yield return $"{path}: '{name}' is no resource";
            else if (Parse(value) is not { } amount || amount < 0)
                yield return $"{path}.{name}: '{value}' is no quantity";
            else if (amount * (name == "cpu" ? 1000 : 1) % 1 != 0)
                yield return $"{path}.{name}: '{value}' is finer than it may be";
        }
        foreach ((string name, JsonNode? value) in requests)
        {
            if (limits[name] is { } limit && Parse(value) > Parse(limit))
                yield return $"{path}: the request of {name} ({value}) is more than its limit ({limit})";
        }
        foreach (string device in requests.Concat(limits).Select(r => r.Key).Where(r => r.Contains('/')).Distinct())
        {
            if (limits[device] is null || Parse(limits[device]) != Parse(requests[device] ?? limits[device]))
                yield return $"{path}: {device} cannot be overcommitted: it needs a limit, and a request that equals it";
        }
    }

    private static decimal Power(int of, int exponent) => exponent < 0 ? 1 / Power(of, -exponent) : Enumerable.Repeat((decimal)of, exponent).Aggregate(1m, (a, b) => a * b);

    [GeneratedRegex(@"^(?<number>[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+))(?<suffix>[KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?\z")]
    private static partial Regex Grammar();
}
