using System.Text.Json;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>Takes the facets about datasets and jobs out of an event, and says what is wrong with those whose content matters here.</summary>
internal static class FacetReading
{
    private const int MostFacets = 200;

    // What must be in a facet for it to say anything.
    private static readonly Dictionary<string, (string Property, JsonValueKind Kind)> Needed = new()
    {
        ["columnLineage"] = ("fields", JsonValueKind.Object),
        ["dataQualityMetrics"] = ("columnMetrics", JsonValueKind.Object),
        ["dataQualityAssertions"] = ("assertions", JsonValueKind.Array),
        ["sourceCode"] = ("sourceCode", JsonValueKind.String),
        ["sourceCodeLocation"] = ("url", JsonValueKind.String),
        ["sql"] = ("query", JsonValueKind.String),
    };

    public static List<ReceivedFacet> Read(JsonElement json, List<string> problems)
    {
        List<ReceivedFacet> found = [];
        if (json.TryGetProperty("job", out JsonElement job))
            Add("job", job, "facets", "$.job", found, problems);
        if (json.TryGetProperty("dataset", out JsonElement dataset))
            Add("dataset", dataset, "facets", "$.dataset", found, problems);
        foreach (string list in (string[])["inputs", "outputs"])
        {
            if (!json.TryGetProperty(list, out JsonElement items) || items.ValueKind != JsonValueKind.Array)
                continue;
            foreach ((int index, JsonElement item) in items.EnumerateArray().Index())
            {
                foreach (string name in (string[])["facets", "inputFacets", "outputFacets"])
                    Add("dataset", item, name, $"$.{list}[{index}]", found, problems);
            }
        }
        return found;
    }

    private static void Add(string kind, JsonElement of, string name, string path, List<ReceivedFacet> found, List<string> problems)
    {
        if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out JsonElement facets) || facets.ValueKind == JsonValueKind.Null)
            return;
        if (facets.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{path}.{name}: it is an object");
            return;
        }
        if (!of.TryGetProperty("namespace", out JsonElement ns) || !of.TryGetProperty("name", out JsonElement called) || ns.ValueKind != JsonValueKind.String || called.ValueKind != JsonValueKind.String)
            return; // That is told already.
        foreach (JsonProperty facet in facets.EnumerateObject().Take(MostFacets))
        {
            bool gone = facet.Value.ValueKind == JsonValueKind.Object && facet.Value.TryGetProperty("_deleted", out JsonElement deleted) && deleted.ValueKind == JsonValueKind.True;
            if (facet.Value.ValueKind != JsonValueKind.Object)
                problems.Add($"{path}.{name}.{facet.Name}: it is an object");
            else if (!gone && Needed.TryGetValue(facet.Name, out (string Property, JsonValueKind Kind) needed)
                && (!facet.Value.TryGetProperty(needed.Property, out JsonElement value) || value.ValueKind != needed.Kind))
                problems.Add($"{path}.{name}.{facet.Name}.{needed.Property}: {needed.Kind switch { JsonValueKind.String => "a text", JsonValueKind.Array => "a list", _ => "an object" }} is missing");
            else
                found.Add(new ReceivedFacet(kind, new NamedDataset(ns.GetString()!, called.GetString()!), facet.Name, gone ? null : facet.Value.GetRawText()));
        }
    }
}
