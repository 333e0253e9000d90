using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>Label and field selectors: equality, as far as they are used.</summary>
internal static class FakeSelectors
{
    public static bool Fits(JsonObject o, IQueryCollection query) =>
        Parts(query["labelSelector"].FirstOrDefault()).All(p => (string?)o["metadata"]!["labels"]?[p.Name] == p.Value)
        && Parts(query["fieldSelector"].FirstOrDefault()).All(p => Equals(p.Name.Split('.').Aggregate((JsonNode?)o, (node, part) => node?[part])?.ToString() ?? "", p.Value));

    private static IEnumerable<(string Name, string Value)> Parts(string? selector) =>
        (selector ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).Select(p => (p[0].Trim('='), p[1].TrimStart('=')));
}
