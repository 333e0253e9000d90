using System.Text.Json.Nodes;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>That the check of manifests refuses what it is there to refuse: each mutation is of an object that passes.</summary>
public sealed class KubernetesSchemasTests
{
    private const string Job = """
        apiVersion: batch/v1
        kind: Job
        metadata: { name: attempt-1, namespace: mlplatform, labels: { app: mlp } }
        spec:
          backoffLimit: 0
          template:
            metadata: { labels: { app: mlp } }
            spec:
              restartPolicy: Never
              containers:
              - name: attempt
                image: example:1
                env: [ { name: A, value: "1" } ]
                resources: { requests: { cpu: 500m, memory: 1Gi, nvidia.com/gpu: "1" }, limits: { cpu: "1", memory: 1Gi, nvidia.com/gpu: "1" } }
                volumeMounts: [ { name: home, mountPath: /home/mlp, subPath: attempts/1 } ]
              volumes: [ { name: home, persistentVolumeClaim: { claimName: mlp-home } } ]
              tolerations: [ { key: gpu, operator: Exists, effect: NoSchedule } ]
        """;

    private const string ClusterQueue = """
        apiVersion: kueue.x-k8s.io/v1beta2
        kind: ClusterQueue
        metadata: { name: reco }
        spec:
          cohortName: company
          preemption: { reclaimWithinCohort: Any, withinClusterQueue: LowerPriority, borrowWithinCohort: { policy: LowerPriority } }
          resourceGroups:
          - coveredResources: [cpu, memory]
            flavors:
            - name: production
              resources: [ { name: cpu, nominalQuota: "4", borrowingLimit: "2", lendingLimit: "4" }, { name: memory, nominalQuota: 8Gi } ]
        """;

    private const string Queue = """
        apiVersion: scheduling.volcano.sh/v1beta1
        kind: Queue
        metadata: { name: reco }
        spec: { parent: company, reclaimable: true, weight: 1, deserved: { cpu: "4" }, capability: { cpu: "8" }, guarantee: { resource: { cpu: "2" } } }
        """;

    public static TheoryData<string> Right => [Job, ClusterQueue, Queue];

    public static TheoryData<string, string, string, string> Wrong => new()
    {
        { Job, "backoffLimit", "backofLimit", "'backofLimit' is no field" },
        { Job, "backoffLimit: 0", "backoffLimit: zero", "is not of type" },
        { Job, "restartPolicy: Never", "restartPolicy: Always", "Never or OnFailure" },
        { Job, "name: attempt-1,", "name: Attempt_1,", "no name of RFC 1123" },
        { Job, "name: attempt-1,", "name: a1234567890123456789012345678901234567890123456789012345678901234,", "at most 63" },
        { Job, "namespace: mlplatform", "namespace: ml.platform", "no label of RFC 1123" },
        { Job, "app: mlp", "app: 'two words'", "no value of a label" },
        { Job, "app: mlp", "app: x234567890123456789012345678901234567890123456789012345678901234", "no value of a label" },
        { Job, "app: mlp", "'-app': mlp", "no key of a label" },
        { Job, "app: mlp", "app: on", "is not of type" },
        { Job, "memory: 1Gi", "memory: 1GB", "no quantity" },
        { Job, "requests: { cpu: 500m", "requests: { cpu: 1500m", "more than its limit" },
        { Job, "limits: { cpu: \"1\", memory: 1Gi, nvidia.com/gpu: \"1\"", "limits: { cpu: \"1\", memory: 1Gi", "cannot be overcommitted" },
        { Job, "cpu: 500m", "cpu: 100u", "finer than it may be" },
        { Job, "cpu: 500m", "gpu: 1", "is no resource" },
        { Job, "name: home, mountPath", "name: hone, mountPath", "which is no volume" },
        { Job, "subPath: attempts/1", "subPath: ../1", "leads out of the volume" },
        { Job, "effect: NoSchedule", "effect: NoShedule", "no effect" },
        { Job, "operator: Exists", "operator: Exists, value: x", "there is no value" },
        { Job, "{ name: A, value: \"1\" }", "{ name: A, value: \"1\" }, { name: A, value: \"2\" }", "comes twice" },
        { Job, "batch/v1", "batch/v2", "no schema for" },
        { ClusterQueue, "cohortName: company", "cohort: company", "'cohort' is no field" },
        { ClusterQueue, "cohortName: company\n", "\n", "must be nil when cohort is empty" },
        { ClusterQueue, "reclaimWithinCohort: Any", "reclaimWithinCohort: Always", "is none of" },
        { ClusterQueue, "reclaimWithinCohort: Any", "reclaimWithinCohort: Never", "borrowWithinCohort" },
        { ClusterQueue, "coveredResources: [cpu, memory]", "coveredResources: [memory, cpu]", "in their order" },
        { ClusterQueue, "lendingLimit: \"4\"", "lendingLimit: \"5\"", "less than or equal to the nominalQuota" },
        { ClusterQueue, "nominalQuota: 8Gi", "nominalQuota: eight", "does not match" },
        { ClusterQueue, "metadata: { name: reco }", "metadata: { name: reco, labls: {} }", "'labls' is no field" },
        { ClusterQueue, "metadata: { name: reco }", "metadata: { name: reco, namespace: x }", "belongs to no namespace" },
        { Queue, "deserved: { cpu: \"4\" }", "deserved: { cpu: \"1\" }", "guarantee of cpu (2) is more than deserved" },
        { Queue, "parent: company", "parents: company", "'parents' is no field" },
    };

    [Theory, MemberData(nameof(Right))]
    public void What_is_right_passes(string manifest) => KubernetesSchemas.AssertValid(manifest);

    [Theory, MemberData(nameof(Wrong))]
    public void What_is_wrong_is_refused_by_name(string manifest, string right, string wrong, string named)
    {
        Assert.Contains(right, manifest, StringComparison.Ordinal);
        JsonObject changed = ManifestReader.Read(manifest.Replace(right, wrong, StringComparison.Ordinal)).Single();
        Assert.Contains(KubernetesSchemas.Errors(changed), e => e.Contains(named, StringComparison.Ordinal));
    }

    [Fact]
    public void Yaml_is_read_as_kubectl_reads_it()
    {
        JsonObject read = ManifestReader.Read("a: on\nb: \"on\"\nc: 010\nd: 1_000\ne: 1e3\nf: 0x1F\ng: ~\nh: 2026-01-01\ni: 1Gi\nj: -5\n---\n---\nk: {}\n")[0];
        Assert.Equal("""{"a":true,"b":"on","c":8,"d":1000,"e":1000,"f":31,"g":null,"h":"2026-01-01","i":"1Gi","j":-5}""", read.ToJsonString());
        Assert.Equal(2, ManifestReader.Read("a: 1\n---\nb: 1\n").Count);
        Assert.ThrowsAny<Exception>(() => ManifestReader.Read("a: 1\na: 2\n"));
    }
}
