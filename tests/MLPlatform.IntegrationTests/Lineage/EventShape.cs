using System.Globalization;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Lineage;

/// <summary>What OpenLineage 2-0-2 asks of a run event and of the facets that we send, written down from its specification.</summary>
internal static class EventShape
{
    // Of each facet the published schema that we name, what it requires, and what else it knows: it would let anything pass.
    private static readonly Dictionary<string, (string Schema, string[] Required, string[] Optional)> Published = new()
    {
        ["parent"] = ("1-0-1/ParentRunFacet", ["run", "job"], []),
        ["nominalTime"] = ("1-0-1/NominalTimeRunFacet", ["nominalStartTime"], ["nominalEndTime"]),
        ["errorMessage"] = ("1-0-1/ErrorMessageRunFacet", ["message", "programmingLanguage"], ["stackTrace"]),
        ["jobType"] = ("2-0-2/JobTypeJobFacet", ["processingType", "integration"], ["jobType"]),
        ["version"] = ("1-0-1/DatasetVersionDatasetFacet", ["datasetVersion"], []),
        ["schema"] = ("1-1-1/SchemaDatasetFacet", [], ["fields"]),
        ["dataQualityMetrics"] = ("1-0-2/DataQualityMetricsInputDatasetFacet", ["columnMetrics"], ["rowCount", "bytes", "fileCount"]),
        ["outputStatistics"] = ("1-0-2/OutputStatisticsOutputDatasetFacet", [], ["rowCount", "size", "fileCount"]),
        ["columnLineage"] = ("1-2-0/ColumnLineageDatasetFacet", ["fields"], ["dataset"]),
        ["dataQualityAssertions"] = ("1-1-0/DataQualityAssertionsDatasetFacet", ["assertions"], []),
        ["sourceCodeLocation"] = ("1-0-1/SourceCodeLocationJobFacet", ["type", "url"], ["repoUrl", "path", "version", "tag", "branch"]),
        ["sourceCode"] = ("1-0-1/SourceCodeJobFacet", ["language", "sourceCode"], []),
        ["sql"] = ("1-1-0/SQLJobFacet", ["query"], ["dialect"]),
    };

    private static readonly string[] Assertion = ["assertion", "success", "column", "severity", "name"];

    private static readonly string[] Subtypes = ["IDENTITY", "TRANSFORMATION", "AGGREGATION", "JOIN", "GROUP_BY", "FILTER", "SORT", "WINDOW", "CONDITIONAL"];

    public static void Check(JsonElement e)
    {
        Assert.Contains(Text(e, "eventType"), (string[])["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]);
        Assert.True(DateTimeOffset.TryParse(Text(e, "eventTime"), CultureInfo.InvariantCulture, out _));
        Assert.True(Uri.TryCreate(Text(e, "producer"), UriKind.Absolute, out _));
        Assert.Equal("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent", Text(e, "schemaURL"));
        Assert.True(Guid.TryParse(Text(e.GetProperty("run"), "runId"), out _));
        Facets(e.GetProperty("run"), "facets");
        Named(e.GetProperty("job"));
        foreach (JsonElement dataset in e.GetProperty("inputs").EnumerateArray().Concat(e.GetProperty("outputs").EnumerateArray()))
        {
            Named(dataset);
            Facets(dataset, "inputFacets");
            Facets(dataset, "outputFacets");
        }
    }

    private static void Named(JsonElement thing)
    {
        Assert.NotEmpty(Text(thing, "namespace"));
        Assert.NotEmpty(Text(thing, "name"));
        Facets(thing, "facets");
    }

    private static void Facets(JsonElement of, string name)
    {
        if (!of.TryGetProperty(name, out JsonElement facets))
            return;
        foreach (JsonProperty facet in facets.EnumerateObject())
        {
            Assert.True(Uri.TryCreate(Text(facet.Value, "_producer"), UriKind.Absolute, out _));
            Assert.True(Published.TryGetValue(facet.Name, out (string Schema, string[] Required, string[] Optional) published), facet.Name);
            Assert.Equal($"https://openlineage.io/spec/facets/{published.Schema}.json#/$defs/{published.Schema.Split('/')[1]}", Text(facet.Value, "_schemaURL"));
            Assert.Empty(facet.Value.EnumerateObject().Select(p => p.Name).Except([.. published.Required, .. published.Optional, "_producer", "_schemaURL"]));
            if (facet.Name == "columnLineage")
                Columns(facet.Value);
            if (facet.Name == "dataQualityAssertions")
                Assert.All(facet.Value.GetProperty("assertions").EnumerateArray(), a =>
                {
                    Assert.True(Text(a, "assertion").Length > 0 && a.GetProperty("success").ValueKind is JsonValueKind.True or JsonValueKind.False);
                    Assert.Empty(a.EnumerateObject().Select(p => p.Name).Except(Assertion));
                });
            if (facet.Name == "sourceCodeLocation")
                Assert.True(Uri.TryCreate(Text(facet.Value, "url"), UriKind.Absolute, out _));
            Assert.All(published.Required, r => Assert.True(facet.Value.TryGetProperty(r, out _), $"{facet.Name}.{r}"));
        }
    }

    private static void Columns(JsonElement facet)
    {
        IEnumerable<JsonElement> inputs = facet.GetProperty("fields").EnumerateObject().SelectMany(f => f.Value.GetProperty("inputFields").EnumerateArray())
            .Concat(facet.TryGetProperty("dataset", out JsonElement dataset) ? dataset.EnumerateArray() : default);
        foreach (JsonElement input in inputs)
        {
            Assert.All((string[])["namespace", "name", "field"], n => Assert.NotEmpty(Text(input, n)));
            foreach (JsonElement how in input.GetProperty("transformations").EnumerateArray())
            {
                Assert.Contains(Text(how, "subtype"), Subtypes);
                Assert.Equal(Array.IndexOf(Subtypes, Text(how, "subtype")) < 3 ? "DIRECT" : "INDIRECT", Text(how, "type"));
            }
        }
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
