using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// A distributed training as a Kubeflow TrainJob: nodes that are all alike, under a training runtime of the cluster, which tells
/// them of each other. The folder of the attempt is patched into the runtime's pods.
/// </summary>
internal static class TrainJobManifest
{
    private const string Node = "node";

    public static Workload Of(
        AttemptOrder order, IReadOnlyDictionary<string, RoleDeclaration> roles, string home, ClusterSettings cluster, IReadOnlyDictionary<string, string> selector)
    {
        RoleDeclaration first = roles.Values.First();
        IReadOnlyList<string> command = first.Command ?? AttemptManifest.UsualCommand(order);
        if (roles.Keys.Any(r => r is "ps" or "evaluator") || roles.Values.Any(r => JobSetManifest.AskOf(r) != JobSetManifest.AskOf(first) || !command.SequenceEqual(r.Command ?? AttemptManifest.UsualCommand(order))))
            throw new ActivityException("KUBE-022", "The nodes of a TrainJob are all alike: same command, same resources, no parameter servers. Make them so, or let the operator set Distributed of the cluster to JobSet.");
        int nodes = roles.Values.Sum(r => r.Count);
        string folder = AttemptFiles.Folder(home, order.Id);
        Amount ask = JobSetManifest.AskOf(first);
        JsonArray environment = PodEnvironment.Of(order, folder, home, cluster, first.Environment.ToDictionary(v => v.Key, v => PodEnvironment.Literal(v.Value)));
        JsonObject pod = PodManifest.Template(
            order, new PodWork(AttemptManifest.Image(order, cluster), command, AttemptManifest.WorkingFolder(order.Command!, folder), environment, ask, NeedsStore: false), home, cluster, selector, nodes);
        JsonObject spec = new()
        {
            ["runtimeRef"] = new JsonObject { ["apiGroup"] = WorkloadKind.TrainJob.Group, ["kind"] = "ClusterTrainingRuntime", ["name"] = cluster.TrainingRuntime },
            ["runtimePatches"] = new JsonArray(Patch(pod)),
            ["trainer"] = new JsonObject
            {
                // A runtime has no folder to start in to be patched: the command goes there itself.
                ["command"] = PodManifest.Words(["sh", "-c", "cd \"$0\" && exec \"$@\"", AttemptManifest.WorkingFolder(order.Command!, folder), .. command.Select(PodEnvironment.Literal)]),
                ["env"] = environment.DeepClone(),
                ["image"] = AttemptManifest.Image(order, cluster),
                ["numNodes"] = nodes,
                ["resourcesPerNode"] = PodResources.Of(ask, cluster),
            },
        };
        if (order.Timeout is { } timeout)
            spec["activeDeadlineSeconds"] = (long)Math.Ceiling(timeout.TotalSeconds) + 60;
        if (cluster.Admission == ClusterAdmission.Kueue)
            spec["suspend"] = true;
        return new Workload(
            WorkloadKind.TrainJob, AttemptManifest.Object(WorkloadKind.TrainJob, order, home, cluster, spec), AttemptManifest.Gang(order, home, cluster, nodes, ask * nodes));
    }

    // Of the template that a Job would have, what a patch may set.
    private static JsonObject Patch(JsonObject pod)
    {
        JsonObject from = pod["spec"]!.AsObject(), spec = new()
        {
            ["containers"] = new JsonArray(new JsonObject { ["name"] = KubeNames.TrainerContainer, ["volumeMounts"] = from["containers"]![0]!["volumeMounts"]!.DeepClone() }),
        };
        foreach (string kept in (string[])["imagePullSecrets", "nodeSelector", "securityContext", "serviceAccountName", "terminationGracePeriodSeconds", "tolerations", "volumes"])
        {
            if (from[kept] is { } value)
                spec[kept] = value.DeepClone();
        }
        JsonObject template = new() { ["metadata"] = pod["metadata"]!.DeepClone(), ["spec"] = spec };
        return new JsonObject
        {
            ["manager"] = "mlplatform.io/executor",
            ["trainingRuntimeSpec"] = new JsonObject
            {
                ["template"] = new JsonObject
                {
                    ["spec"] = new JsonObject
                    {
                        ["replicatedJobs"] = new JsonArray(new JsonObject { ["name"] = Node, ["template"] = new JsonObject { ["spec"] = new JsonObject { ["template"] = template } } }),
                    },
                },
            },
        };
    }
}
