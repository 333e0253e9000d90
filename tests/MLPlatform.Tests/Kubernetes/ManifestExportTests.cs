using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.Executors.Kubernetes.Export;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>What pipelines become on a cluster: as the committed files have it, and as the published schemas allow.</summary>
public sealed class ManifestExportTests
{
    private const string Pipeline = """
        {
          "id": "app-store", "basic": { "group": "Reco & Ads", "owner": "ann@example.org" },
          "resources": { "pool": "gpus", "priority": "high", "cpu": 2, "memory": "4Gi" }, "advanced": { "timeout": "PT2H" },
          "parameters": { "day": { "type": "string", "default": "2026-03-01" } },
          "activities": {
            "import": { "type": "data.import", "inputs": { "from": { "file": "rows.csv" } } },
            "wait": { "type": "control.wait", "inputs": { "duration": "PT1S" } },
            "train": { "type": "train.script", "resources": { "gpu": 1, "cpu": 0.5 }, "inputs": {
              "image": "registry.example/torch:2.1", "command": ["python3", "train.py", "--day", "${{ parameters.day }}", "--cost", "$(5)"],
              "environment": { "HF_TOKEN": "secret:hf/token", "MODE": "on" }, "checkpoints": true, "artifacts": { "rows": "${{ activities.import.outputs.table }}" } } },
            "spread": { "type": "train.distributed", "inputs": { "command": ["python3", "-m", "train"], "roles": {
              "worker": { "count": 3, "gpu": 1, "memory": "8Gi" }, "chief": { "gpu": 1 }, "ps": { "count": 2, "cpu": "500m", "environment": { "PART": "server" } } } } }
          }
        }
        """;

    public static TheoryData<string, ClusterAdmission> Admissions => new() { { "jobs", ClusterAdmission.None }, { "kueue", ClusterAdmission.Kueue }, { "volcano", ClusterAdmission.Volcano } };

    [Theory, MemberData(nameof(Admissions))]
    public void A_pipeline_becomes_what_the_committed_file_says(string name, ClusterAdmission admission)
    {
        string yaml = ManifestText.Yaml(Export(new ClusterSettings
        {
            Image = "registry.example/worker:1",
            Claim = "mlp-home",
            VolumeFolder = "mlp",
            Admission = admission,
            RunAsUser = 1000,
            FsGroup = 2000,
            ServiceAccount = "attempts",
            TrackingUri = "http://mlplatform:5080",
            Tolerations = { "nvidia.com/gpu:NoSchedule", "team=reco:NoExecute", "spot" },
            NodeSelector = { ["zone"] = "a" },
            ImagePullSecrets = { "registry" },
            Secrets = { ["S3_KEY"] = "s3/key" },
        }));
        Golden.Is($"{name}.yaml", yaml);
        KubernetesSchemas.AssertValid(yaml);
    }

    [Fact]
    public void A_training_of_equal_nodes_becomes_a_TrainJob_and_another_is_refused()
    {
        ClusterSettings cluster = new() { Image = "torch", Claim = "mlp-home", Distributed = DistributedKind.TrainJob };
        Assert.Equal("KUBE-022", Assert.Throws<ActivityException>(() => Export(cluster)).Code);
        string equal = Pipeline.Replace("\"chief\": { \"gpu\": 1 }, \"ps\": { \"count\": 2, \"cpu\": \"500m\", \"environment\": { \"PART\": \"server\" } }", "\"chief\": { \"gpu\": 1, \"memory\": \"8Gi\" }", StringComparison.Ordinal);
        Assert.NotEqual(Pipeline, equal);
        string yaml = ManifestText.Yaml(Export(cluster, equal).Where(o => (string?)o.Object["kind"] == "TrainJob"));
        Golden.Is("trainjob.yaml", yaml);
        KubernetesSchemas.AssertValid(yaml);
    }

    [Fact]
    public void YAML_says_what_the_JSON_says_whatever_texts_there_are()
    {
        JsonObject odd = new()
        {
            ["texts"] = new JsonArray("on", "1e3", "0x1", "~", "- a", "a: b", "a #b", "", " ", "é\n\t\"\\", "null", "012", "1_000", "Yes", ".5", "=", "<<", "!t", "*a", "&b", "%", "@", "`", "2026-01-01", "a-b/c.d", "\u0001"),
            ["on"] = true,
            ["nothing"] = null,
            ["empty"] = new JsonObject(),
            ["none"] = new JsonArray(),
            ["deep"] = new JsonArray(new JsonObject { ["a"] = new JsonArray(new JsonObject { ["b"] = 1.5 }), ["c"] = -1 }),
        };
        JsonObject read = Assert.Single(ManifestReader.Read(ManifestText.Yaml([("odd\nthings", odd)])));
        Assert.Equal(odd.ToJsonString(), read.ToJsonString());
    }

    [Fact]
    public void An_activity_that_keeps_checkpoints_has_their_folder_and_others_have_not()
    {
        const string Train = """{ "id": "p", "activities": { "collect": { "type": "bees.collect", "inputs": { "source": "/data/a.csv" } }, "train": { "type": "train.vlps", "inputs": { "samples": "${{ activities.collect.outputs.table }}", "label": "y" } }, "score": { "type": "model.score", "inputs": { "model": "${{ activities.train.outputs.model }}", "table": "${{ activities.collect.outputs.table }}" } } } }""";
        string[] pods = [.. Export(new ClusterSettings { Image = "worker", Claim = "mlp-home" }, Train).Select(o => o.Object.ToJsonString())];
        Assert.Equal(3, pods.Length);
        Assert.Equal([false, true, false], pods.Select(p => p.Contains("\"MLP_CHECKPOINT_DIR\"", StringComparison.Ordinal) && p.Contains("/var/lib/mlplatform/checkpoints/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Roles_that_a_JobSet_cannot_have_are_refused_with_what_to_do()
    {
        ClusterSettings cluster = new() { Image = "torch", Claim = "mlp-home" };
        foreach (string roles in (string[])["""{ "worker": { "count": 2, "failure": "ignore" } }""", """{ "worker": { "count": 2, "success": "any" } }""", """{ "a": { "success": "any" }, "b": { "success": "all" } }""", $$"""{ "{{new string('r', 30)}}": { "count": 2 } }"""])
        {
            string pipeline = $$"""{ "id": "p", "activities": { "t": { "type": "train.distributed", "inputs": { "command": ["x"], "roles": {{roles}} } } } }""";
            Assert.Equal("KUBE-021", Assert.Throws<ActivityException>(() => Export(cluster, pipeline)).Code);
        }
    }

    private static IReadOnlyList<(string? Comment, JsonObject Object)> Export(ClusterSettings cluster, string pipeline = Pipeline)
    {
        CompileResult compiled = PipelineCompiler.Compile(System.Text.Encoding.UTF8.GetBytes(pipeline), "p.json", Server.Activities.BuiltInActivities.Catalog());
        Assert.True(compiled.Pipeline is not null, string.Join('\n', compiled.Diagnostics));
        PlanResult plan = RunPlanner.Plan(compiled.Pipeline!, new PlanRequest { LogicalDate = DateTimeOffset.UnixEpoch, Trigger = JsonElement.Parse("""{"type":"manual"}""") });
        return PlanExport.Of(plan.Plan!, cluster, "/var/lib/mlplatform", Server.Activities.BuiltInActivities.Catalog());
    }
}
