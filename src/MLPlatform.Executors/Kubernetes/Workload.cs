using System.Text.Json.Nodes;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>A kind of object that an attempt becomes.</summary>
internal sealed record WorkloadKind(string Kind, string Group, string Version, string Plural)
{
    public static readonly WorkloadKind Job = new("Job", "batch", "v1", "jobs");
    public static readonly WorkloadKind JobSet = new("JobSet", "jobset.x-k8s.io", "v1alpha2", "jobsets");
    public static readonly WorkloadKind TrainJob = new("TrainJob", "trainer.kubeflow.org", "v1alpha1", "trainjobs");
    public static readonly WorkloadKind PodGroup = new("PodGroup", "scheduling.volcano.sh", "v1beta1", "podgroups");

    public string ApiVersion => $"{Group}/{Version}";

    public static WorkloadKind Of(string kind) => kind switch
    {
        "JobSet" => JobSet,
        "TrainJob" => TrainJob,
        _ => Job,
    };
}

/// <summary>All that an attempt becomes on a cluster.</summary>
/// <param name="Kind">What the main object is.</param>
/// <param name="Main">It; it owns the pods.</param>
/// <param name="Before">What must be there before it, such as a PodGroup.</param>
internal sealed record Workload(WorkloadKind Kind, JsonObject Main, IReadOnlyList<(WorkloadKind Kind, JsonObject Body)> Before)
{
    public string Name => (string)Main["metadata"]!["name"]!;
}
