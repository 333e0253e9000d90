using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Executors.Kubernetes.Export;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>The quota tree as queues of Kueue and Volcano.</summary>
public sealed class QueueExportTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly ResourcesFile File = Compile("""
        {
          "pools": {
            "laptops": {},
            "gpus": { "executor": "east", "selector": { "gpu": "a100", "example.org/rack": "r1" }, "nodes": { "n1": { "cpu": 128, "memory": "1Ti", "gpus": 16, "labels": { "gpu": "a100", "example.org/rack": "r1" } } } },
            "cloud": { "executor": "west" }
          },
          "groups": {
            "company": { "quotas": { "gpus": { "nominal": { "cpu": 8, "gpu": 2 } } } },
            "reco": { "parent": "company", "weight": 2, "quotas": { "gpus": { "nominal": { "cpu": 64, "memory": "256Gi", "gpu": 8 }, "borrowingLimit": { "gpu": 4 }, "lendingLimit": { "gpu": 6 } } },
                      "persons": { "ann": { "ceilings": { "gpus": { "gpu": 4 } } } } },
            "Ads_Team": { "parent": "company", "quotas": { "gpus": { "nominal": { "gpu": 4 } } }, "budget": { "gpuHours": 10 } }
          }
        }
        """);

    private static readonly Expansion More = new(Guid.Empty, "reco", "gpus", new Amount(0, 0, 2000), Now.AddHours(-1), Now.AddHours(1), "a launch", "ann", "Ads_Team");

    [Fact]
    public void The_tree_becomes_what_the_committed_files_say()
    {
        string kueue = Text(QueueExport.ForKueue(File, [More], Now, "mlplatform")), volcano = Text(QueueExport.ForVolcano(File, [More], Now));
        Golden.Is("kueue-queues.yaml", kueue);
        Golden.Is("volcano-queues.yaml", volcano);
        KubernetesSchemas.AssertValid(kueue);
        KubernetesSchemas.AssertValid(volcano);
    }

    [Fact]
    public void A_guarantee_is_the_nominal_quota_less_what_is_lent()
    {
        JsonNode gpu = Gpu(QueueExport.ForKueue(File, [], Now, "ns"), "reco");
        Assert.Equal(("8", "4", "6"), ((string?)gpu["nominalQuota"], (string?)gpu["borrowingLimit"], (string?)gpu["lendingLimit"]));
        JsonObject queue = QueueExport.ForVolcano(File, [], Now).Single(q => (string?)q["metadata"]!["name"] == "reco");
        Assert.Equal("2", (string?)queue["spec"]!["guarantee"]!["resource"]!["nvidia.com/gpu"]);
    }

    [Fact]
    public void Expansions_count_while_they_are_in_force_and_their_source_has_less()
    {
        Assert.Equal(("10", "2"), (Nominal("reco", Now), Nominal("ads-team-" + Hash(), Now)));
        Assert.Equal(("8", "4"), (Nominal("reco", More.Until), Nominal("ads-team-" + Hash(), More.Until)));
        string Nominal(string queue, DateTimeOffset at) => (string)Gpu(QueueExport.ForKueue(File, [More], at, "ns"), queue)["nominalQuota"]!;
    }

    [Fact]
    public void A_resource_that_is_not_counted_is_had_in_plenty_and_never_lent()
    {
        JsonNode cpu = Resource(QueueExport.ForKueue(File, [], Now, "ns"), "ads-team-" + Hash(), "cpu");
        Assert.Equal(("1000000", "0"), ((string?)cpu["nominalQuota"], (string?)cpu["lendingLimit"]));
        JsonNode undeclared = Resource(QueueExport.ForKueue(File, [], Now, "ns"), "default", "cpu");
        Assert.Equal(("0", (string?)null), ((string?)undeclared["nominalQuota"], (string?)undeclared["lendingLimit"]));
    }

    [Fact]
    public void One_cluster_gets_its_own_pools_only_and_a_person_is_told_what_queues_cannot_say()
    {
        Assert.Equal(["cloud"], QueueExport.ForKueue(File, [], Now, "ns", "west").Where(o => (string?)o["kind"] == "ResourceFlavor").Select(o => (string?)o["metadata"]!["name"]));
        Assert.Equal(["ceilings and budgets of persons of reco", "the budget of Ads_Team"], QueueExport.LeftOut(File));
    }

    private static string Hash() => ((string)QueueExport.ForVolcano(File, [], Now).Single(q => ((string)q["metadata"]!["name"]!).StartsWith("ads", StringComparison.Ordinal))["metadata"]!["name"]!)["ads-team-".Length..];

    private static JsonNode Gpu(IReadOnlyList<JsonObject> all, string queue) => Resource(all, queue, "nvidia.com/gpu");

    private static JsonNode Resource(IReadOnlyList<JsonObject> all, string queue, string resource) => all.Single(o => (string?)o["kind"] == "ClusterQueue" && (string?)o["metadata"]!["name"] == queue)
        ["spec"]!["resourceGroups"]![0]!["flavors"]!.AsArray().Single(f => (string?)f!["name"] == "gpus")!["resources"]!.AsArray().Single(r => (string?)r!["name"] == resource)!;

    private static string Text(IReadOnlyList<JsonObject> objects) => ManifestText.Yaml(objects.Select(o => ((string?)null, o)));

    private static ResourcesFile Compile(string json)
    {
        (ResourcesFile? file, var problems) = ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(json), "r.json");
        Assert.True(file is not null, string.Join('\n', problems));
        return file!;
    }
}
