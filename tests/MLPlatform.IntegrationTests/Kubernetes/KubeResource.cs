namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>A kind of object that the fake API server serves.</summary>
internal sealed record KubeResource(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    public static readonly IReadOnlyList<KubeResource> All =
    [
        new("", "v1", "pods", "Pod", true),
        new("", "v1", "secrets", "Secret", true),
        new("", "v1", "events", "Event", true),
        new("", "v1", "nodes", "Node", false),
        new("", "v1", "namespaces", "Namespace", false),
        new("", "v1", "services", "Service", true),
        new("", "v1", "serviceaccounts", "ServiceAccount", true),
        new("", "v1", "configmaps", "ConfigMap", true),
        new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true),
        new("", "v1", "bindings", "Binding", true),
        new("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true),
        new("batch", "v1", "jobs", "Job", true),
        new("apps", "v1", "deployments", "Deployment", true),
        new("apps", "v1", "statefulsets", "StatefulSet", true),
        new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true),
        new("rbac.authorization.k8s.io", "v1", "roles", "Role", true),
        new("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false),
        new("jobset.x-k8s.io", "v1alpha2", "jobsets", "JobSet", true),
        new("trainer.kubeflow.org", "v1alpha1", "trainjobs", "TrainJob", true),
        new("scheduling.volcano.sh", "v1beta1", "podgroups", "PodGroup", true),
        new("scheduling.volcano.sh", "v1beta1", "queues", "Queue", false),
        new("kueue.x-k8s.io", "v1beta2", "cohorts", "Cohort", false),
        new("kueue.x-k8s.io", "v1beta2", "clusterqueues", "ClusterQueue", false),
        new("kueue.x-k8s.io", "v1beta2", "localqueues", "LocalQueue", true),
        new("kueue.x-k8s.io", "v1beta2", "resourceflavors", "ResourceFlavor", false),
        new("kueue.x-k8s.io", "v1beta2", "workloadpriorityclasses", "WorkloadPriorityClass", false),
    ];

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public static KubeResource? Find(string group, string version, string plural) => All.FirstOrDefault(r => r.Group == group && r.Version == version && r.Plural == plural);
}
