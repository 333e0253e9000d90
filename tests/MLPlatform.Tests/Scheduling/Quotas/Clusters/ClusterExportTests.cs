using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Quotas.Clusters;
using MLPlatform.Executors.Kubernetes.Export;
using MLPlatform.Tests.Kubernetes;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Quotas.Clusters;

/// <summary>The quota tree in the words of Kueue and Volcano: what is written, to the byte and by the schemas, and what is refused.</summary>
public sealed class ClusterExportTests
{
    private static readonly string Folder = Path.Combine(RepositoryFiles.Root, "tests/MLPlatform.Tests/Scheduling/Quotas/Clusters");
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly ClusterExportSettings Settings = new() { At = Noon, Namespaces = ["mlplatform", "notebooks"], Tolerations = ["nvidia.com/gpu:NoSchedule"] };

    [Theory, InlineData("kueue-queues.yaml"), InlineData("volcano-queues.yaml")]
    public void What_is_written_is_what_was_reviewed(string golden)
    {
        string written = Text(Written(golden));
        Golden.Is(golden, written);
        Assert.Equal(written, Text(Written(golden)));
    }

    [Theory, InlineData("kueue-queues.yaml"), InlineData("volcano-queues.yaml")]
    public void Every_object_meets_the_published_schemas_and_reads_as_it_was_meant(string kind)
    {
        ClusterExport export = Written(kind);
        IReadOnlyList<JsonObject> read = KubernetesSchemas.AssertValid(Text(export));
        Assert.Equal(export.Objects.Select(o => o.ToJsonString()), read.Select(o => o.ToJsonString()));
    }

    [Fact]
    public void Queues_and_cohorts_that_are_named_are_there()
    {
        IReadOnlyList<JsonObject> all = Written("kueue-queues.yaml").Objects;
        HashSet<string> made = [.. all.Select(o => $"{o["kind"]} {o["metadata"]!["name"]}")];
        IEnumerable<string> named = all.SelectMany(o => ((string?)o["spec"]?["cohortName"], (string?)o["spec"]?["parentName"], (string?)o["spec"]?["clusterQueue"]) switch
        {
            ({ } cohort, _, _) => [$"Cohort {cohort}", .. KubernetesRules.Walk(o["spec"]!["resourceGroups"], "").Where(n => n.Node["resources"] is not null).Select(n => $"ResourceFlavor {n.Node["name"]}")],
            (_, { } parent, _) => [$"Cohort {parent}"],
            (_, _, { } queue) => (string[])[$"ClusterQueue {queue}"],
            _ => [],
        });
        Assert.Equal([], named.Where(n => !made.Contains(n)));
        Assert.Equal(2 * all.Count(o => (string?)o["kind"] == "ClusterQueue"), all.Count(o => (string?)o["kind"] == "LocalQueue"));
        IReadOnlyList<JsonObject> queues = Written("volcano-queues.yaml").Objects;
        HashSet<string> names = ["root", .. queues.Select(q => (string)q["metadata"]!["name"]!)], parents = [.. queues.Select(q => (string?)q["spec"]?["parent"]).OfType<string>()];
        Assert.Subset(names, parents);
        // Work goes to the queues that groups are called by; Volcano takes it in leaves only.
        Assert.Equal([], ((string[])["company", "ads", "feed", "default"]).Where(g => parents.Contains(g) || !names.Contains(g)));
    }

    [Theory]
    [InlineData("ads", "production", "cpu", "nominal=32 borrowing=16 lending=")]
    [InlineData("ads", "production", "nvidia.com/gpu", "nominal=4 borrowing= lending=2")]
    [InlineData("ads", "development", "memory", "nominal=1Pi borrowing= lending=0")] // Not counted, so not lent.
    [InlineData("company", "production", "nvidia.com/gpu", "nominal=0 borrowing=4 lending=")] // The bound is of all its parts together.
    [InlineData("mlplatform", "production", "cpu", "nominal=90500m borrowing= lending=")] // 128 cores less 4, 32 and 1.5.
    [InlineData("mlplatform", "development", "nvidia.com/gpu", "nominal=1000000 borrowing= lending=")] // No group counts it.
    public void A_cohort_has_what_the_group_has(string cohort, string flavor, string resource, string expected) => Assert.Equal(expected, Quota("Cohort", cohort, flavor, resource, []));

    [Theory]
    [InlineData("feed", "production", "cpu", "nominal=1500m borrowing= lending=0")]
    [InlineData("feed", "development", "cpu", "nominal=0 borrowing= lending=")]
    [InlineData("company", "production", "memory", "nominal=16Gi borrowing= lending=")]
    [InlineData("ads", "production", "cpu", "nominal=0 borrowing= lending=")] // All of it is the cohort's, for the persons in it to share.
    [InlineData("ads-mia-z-89f334", "production", "nvidia.com/gpu", "nominal=0 borrowing=2 lending=")]
    [InlineData("default", "production", "cpu", "nominal=0 borrowing= lending=")]
    public void A_queue_has_what_the_group_or_person_has(string queue, string flavor, string resource, string expected) => Assert.Equal(expected, Quota("ClusterQueue", queue, flavor, resource, []));

    [Theory, InlineData(0, "34", "0"), InlineData(-1, "32", "1500m"), InlineData(8, "32", "1500m")]
    public void Expansions_count_while_they_are_in_force(int hours, string more, string less)
    {
        Expansion expansion = new(Guid.Empty, "ads", "production", new Amount(2000, 0, 0), Noon, Noon.AddHours(8), "launch", "ops", Source: "feed");
        ClusterExportSettings then = Settings with { At = Noon.AddHours(hours) };
        Assert.StartsWith($"nominal={more} ", Quota("Cohort", "ads", "production", "cpu", [expansion], then));
        Assert.StartsWith($"nominal={less} ", Quota("ClusterQueue", "feed", "production", "cpu", [expansion], then));
    }

    [Theory]
    [InlineData("""{ "pools": { "p": {} }, "groups": { "Ads": {}, "ads": {} } }""", "QUOTA-061", "the group ads and the group Ads would both be the ClusterQueue 'ads'")]
    [InlineData("""{ "pools": { "p": {} }, "groups": { "default": {} } }""", "QUOTA-061", "work of no group")]
    [InlineData("""{ "pools": { "P": {}, "p": {} }, "groups": {} }""", "QUOTA-061", "ResourceFlavor 'p'")]
    [InlineData("""{ "pools": { "p": {} }, "groups": { "mlplatform": {}, "part": { "parent": "mlplatform" } } }""", "QUOTA-061", "the pools themselves")]
    [InlineData("""{ "groups": {} }""", "QUOTA-060", "there is no pool")]
    [InlineData("""{ "pools": { "p": { "executor": "east" }, "q": { "executor": "west" } } }""", "QUOTA-060", "more than one cluster: east, west")]
    [InlineData("""{ "pools": { "p": { "selector": { "a b": "c" } } } }""", "QUOTA-060", "no node of a cluster can have")]
    public void What_cannot_be_written_is_refused_with_the_reason(string file, string code, string named)
    {
        ClusterExport export = KueueExport.Of(Compile(file), [], Settings);
        Assert.Empty(export.Objects);
        Assert.Contains(export.Problems, p => p.Code == code && p.Message.Contains(named, StringComparison.Ordinal));
    }

    [Fact]
    public void The_cluster_that_is_asked_for_gets_its_own_pools()
    {
        ResourcesFile file = Compile("""{ "pools": { "p": { "executor": "east" }, "q": { "executor": "west" }, "r": {} } }""");
        ClusterExport export = KueueExport.Of(file, [], Settings with { Cluster = "west" });
        Assert.Equal(["q"], export.Objects.Where(o => (string?)o["kind"] == "ResourceFlavor").Select(o => (string)o["metadata"]!["name"]!));
        Assert.Contains("no pool names the cluster \"north\"", KueueExport.Of(file, [], Settings with { Cluster = "north" }).Problems.Single().Message, StringComparison.Ordinal);
        Assert.Equal(3, KueueExport.Of(Compile("""{ "pools": { "p": {}, "q": {}, "r": {} } }"""), [], Settings).Objects.Count(o => (string?)o["kind"] == "ResourceFlavor"));
    }

    [Fact]
    public void A_taint_that_is_none_is_refused() =>
        Assert.Contains("'gpu:Never' is no taint", KueueExport.Of(Reviewed(), [], Settings with { Tolerations = ["gpu:Never"] }).Problems[0].Message, StringComparison.Ordinal);

    private static ClusterExport Written(string golden) => golden == "kueue-queues.yaml" ? KueueExport.Of(Reviewed(), [], Settings) : VolcanoExport.Of(Reviewed(), [], Settings);

    private static string Text(ClusterExport export) => ManifestText.Yaml(export.Objects.Select(o => ((string?)null, o)));

    private static string Quota(string kind, string name, string flavor, string resource, Expansion[] expansions, ClusterExportSettings? settings = null)
    {
        JsonObject found = KueueExport.Of(Reviewed(), expansions, settings ?? Settings).Objects.Single(o => (string?)o["kind"] == kind && (string?)o["metadata"]!["name"] == name);
        JsonNode quota = KubernetesRules.Walk(found, "").Single(o => o.Node["resources"] is not null && (string?)o.Node["name"] == flavor).Node["resources"]!.AsArray().Single(r => (string?)r!["name"] == resource)!;
        return $"nominal={quota["nominalQuota"]} borrowing={quota["borrowingLimit"]} lending={quota["lendingLimit"]}";
    }

    private static ResourcesFile Reviewed() => Compile(File.ReadAllText(Path.Combine(Folder, "resources.json")));

    private static ResourcesFile Compile(string text)
    {
        (ResourcesFile? file, var problems) = ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(text), "resources.json");
        Assert.True(file is not null, string.Join('\n', problems));
        return file;
    }
}
