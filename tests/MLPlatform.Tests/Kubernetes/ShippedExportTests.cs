using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.Executors.Kubernetes.Export;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>Every pipeline that ships, as objects that a strict API server takes, whoever admits them.</summary>
public sealed class ShippedExportTests
{
    public static TheoryData<string> Files =>
    [
        .. Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "workflows"), "*.json").Where(f => !f.EndsWith(".schema.json", StringComparison.Ordinal))
            .Concat(Directory.GetFiles(Path.Combine(RepositoryFiles.Root, "samples"), "pipeline.json", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f)).Order(StringComparer.Ordinal),
    ];

    [Theory, MemberData(nameof(Files))]
    public void It_becomes_valid_objects(string file)
    {
        byte[] text = File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, file));
        CompileResult compiled = PipelineCompiler.Compile(text, file, Server.Activities.BuiltInActivities.Catalog());
        Assert.True(compiled.Pipeline is not null, string.Join('\n', compiled.Diagnostics));
        JsonObject given = [];
        foreach ((string name, JsonNode? parameter) in JsonNode.Parse(text)!["parameters"] as JsonObject ?? [])
        {
            if (parameter!["default"] is null)
                given[name] = "/data/a.csv";
        }
        foreach (ClusterAdmission admission in Enum.GetValues<ClusterAdmission>())
        {
            PlanResult plan = RunPlanner.Plan(compiled.Pipeline, new PlanRequest
            {
                LogicalDate = DateTimeOffset.UnixEpoch,
                Trigger = JsonElement.Parse("""{"type":"manual"}"""),
                Parameters = JsonSerializer.SerializeToElement(given),
                Folder = "/data",
            });
            Assert.True(plan.Plan is not null, string.Join('\n', plan.Diagnostics));
            ClusterSettings cluster = new() { Image = "worker:1", Claim = "mlplatform-home", Admission = admission };
            string[] errors =
            [
                .. PlanExport.Of(plan.Plan, cluster, "/var/lib/mlplatform", Server.Activities.BuiltInActivities.Catalog()).SelectMany(o => KubernetesSchemas.Errors(o.Object).Select(e => $"{o.Comment}: {e}")),
            ];
            Assert.Equal([], errors);
        }
    }
}
