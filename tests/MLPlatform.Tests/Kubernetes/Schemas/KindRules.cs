using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>What API servers refuse of single kinds.</summary>
internal static partial class KindRules
{
    public static IEnumerable<string> Of(JsonObject manifest) => (string)manifest["kind"]! switch
    {
        "Deployment" or "DaemonSet" or "ReplicaSet" => OfServing(manifest["spec"]),
        "StatefulSet" => [.. OfServing(manifest["spec"]), .. OfStatefulSet(manifest["spec"])],
        "Job" => OfJob(manifest["spec"], "$.spec"),
        "CronJob" => OfJob(manifest["spec"]?["jobTemplate"]?["spec"], "$.spec.jobTemplate.spec"),
        "JobSet" => OfJobSet(manifest["spec"]),
        "Pod" when manifest["spec"]?["containers"] is not JsonArray { Count: > 0 } => ["$.spec: a pod without containers"],
        "PodDisruptionBudget" => OfBudget(manifest["spec"]),
        "PersistentVolumeClaim" => OfClaim(manifest["spec"], "$.spec"),
        "ConfigMap" or "Secret" => Keys(manifest),
        "Service" => OfService(manifest["spec"]),
        "Role" or "ClusterRole" => KubernetesRules.Objects(manifest["rules"]).Where(r => r["nonResourceURLs"] is null)
            .Where(r => r["apiGroups"] is not JsonArray { Count: > 0 } || r["resources"] is not JsonArray { Count: > 0 }).Select(_ => "$.rules: a rule names neither group and resource nor an address"),
        "RoleBinding" or "ClusterRoleBinding" => KubernetesRules.Objects(manifest["subjects"])
            .Where(s => (string?)s["kind"] == "ServiceAccount" ? s["namespace"] is null && (string?)manifest["kind"] == "ClusterRoleBinding" || s["apiGroup"] is not (null) : (string?)s["apiGroup"] != "rbac.authorization.k8s.io")
            .Select(s => $"$.subjects: {s.ToJsonString()}"),
        _ => [],
    };

    private static IEnumerable<string> OfServing(JsonNode? spec)
    {
        if (spec?["selector"]?["matchLabels"] is not JsonObject { Count: > 0 } selector)
            yield return "$.spec.selector: it selects nothing";
        else if (selector.Any(l => (string?)spec["template"]?["metadata"]?["labels"]?[l.Key] != (string?)l.Value))
            yield return "$.spec.selector: the template's labels do not meet it";
        if ((string?)spec?["template"]?["spec"]?["restartPolicy"] is not (null or "Always"))
            yield return "$.spec.template.spec.restartPolicy: it must be Always";
        foreach (string error in Containers(spec?["template"]))
            yield return error;
    }

    private static IEnumerable<string> OfStatefulSet(JsonNode? spec)
    {
        JsonObject[] claims = [.. KubernetesRules.Objects(spec?["volumeClaimTemplates"])];
        string[] known = [.. claims.Select(c => (string)c["metadata"]!["name"]!), .. KubernetesRules.Objects(spec?["template"]?["spec"]?["volumes"]).Select(v => (string)v["name"]!)];
        foreach (string mount in KubernetesRules.Objects(spec?["template"]?["spec"]?["containers"]).SelectMany(c => KubernetesRules.Objects(c["volumeMounts"])).Select(m => (string)m["name"]!).Except(known))
            yield return $"$.spec.template: it mounts '{mount}', which is neither a volume nor a claim";
        foreach (string error in claims.SelectMany(c => OfClaim(c["spec"], "$.spec.volumeClaimTemplates")))
            yield return error;
    }

    private static IEnumerable<string> OfJob(JsonNode? spec, string path)
    {
        if ((string?)spec?["template"]?["spec"]?["restartPolicy"] is not ("Never" or "OnFailure"))
            yield return $"{path}.template.spec.restartPolicy: that of a Job is Never or OnFailure";
        if ((string?)spec?["completionMode"] == "Indexed" && spec["completions"] is null)
            yield return $"{path}: an indexed Job says how many completions";
        foreach (string error in Containers(spec?["template"]))
            yield return error;
    }

    private static IEnumerable<string> OfJobSet(JsonNode? spec)
    {
        foreach (JsonObject job in KubernetesRules.Objects(spec?["replicatedJobs"]))
        {
            if (!NameRules.IsLabel((string)job["name"]!))
                yield return $"$.spec.replicatedJobs: '{job["name"]}' is no label of RFC 1123";
            foreach (string error in OfJob(job["template"]?["spec"], $"$.spec.replicatedJobs.{job["name"]}"))
                yield return error;
        }
        foreach (string repeated in PodRules.Repeated(KubernetesRules.Objects(spec?["replicatedJobs"]).Select(j => (string)j["name"]!)))
            yield return $"$.spec.replicatedJobs: '{repeated}' comes twice";
        if ((string?)spec?["startupPolicy"]?["startupPolicyOrder"] == "InOrder" && KubernetesRules.Objects(spec["replicatedJobs"]).Any(j => j["dependsOn"] is not null))
            yield return "$.spec: StartupPolicy and DependsOn APIs are mutually exclusive";
    }

    private static IEnumerable<string> Containers(JsonNode? template)
    {
        if (template?["spec"]?["containers"] is not JsonArray { Count: > 0 } containers)
            yield return "the template has no container";
        else if (KubernetesRules.Objects(containers).FirstOrDefault(c => c["image"] is null) is { } bare)
            yield return $"the container {bare["name"]} has no image";
    }

    private static IEnumerable<string> OfBudget(JsonNode? spec)
    {
        if (spec?["minAvailable"] is null == spec?["maxUnavailable"] is null)
            yield return "$.spec: it needs either minAvailable or maxUnavailable";
        if (spec?["selector"] is null)
            yield return "$.spec: it selects nothing";
    }

    private static IEnumerable<string> OfClaim(JsonNode? spec, string path)
    {
        if (spec?["accessModes"] is not JsonArray { Count: > 0 } modes
            || modes.Any(m => (string?)m is not ("ReadWriteOnce" or "ReadOnlyMany" or "ReadWriteMany" or "ReadWriteOncePod")))
            yield return $"{path}.accessModes: {spec?["accessModes"]?.ToJsonString()}";
        if (QuantityRules.Parse(spec?["resources"]?["requests"]?["storage"]) is not > 0)
            yield return $"{path}.resources: it asks for no storage";
    }

    private static IEnumerable<string> Keys(JsonObject manifest) =>
        ((string[])["data", "stringData", "binaryData"]).SelectMany(part => manifest[part] as JsonObject ?? []).Select(d => d.Key)
            .Where(k => k.Length > 253 || !Key().IsMatch(k)).Select(k => $"'{k}' is no key of data");

    private static IEnumerable<string> OfService(JsonNode? spec)
    {
        if (spec?["ports"] is not JsonArray { Count: > 0 } ports && (string?)spec?["clusterIP"] != "None")
            yield return "$.spec: no ports";
        else if (KubernetesRules.Objects(spec?["ports"]).Any(p => p["name"] is null) && KubernetesRules.Objects(spec?["ports"]).Count() > 1)
            yield return "$.spec.ports: several ports need names";
    }

    [GeneratedRegex(@"^[-._a-zA-Z0-9]+\z")]
    private static partial Regex Key();
}
