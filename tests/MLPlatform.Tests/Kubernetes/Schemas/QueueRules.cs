using System.Text.Json.Nodes;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>What Kueue's rules in CEL and its webhooks refuse of quotas, and Volcano's of queues.</summary>
internal static class QueueRules
{
    public static IEnumerable<string> Of(JsonObject manifest)
    {
        JsonNode? spec = manifest["spec"];
        return ((string)manifest["apiVersion"]!, (string)manifest["kind"]!) switch
        {
            ("kueue.x-k8s.io/v1beta2", "ClusterQueue") => [.. Groups(spec, spec?["cohortName"] is not null, clusterQueue: true), .. OfPolicy(spec)],
            ("kueue.x-k8s.io/v1beta2", "Cohort") => [.. Groups(spec, spec?["parentName"] is not null, clusterQueue: false), .. OfParent(manifest)],
            ("kueue.x-k8s.io/v1beta2", "ResourceFlavor") when spec?["topologyName"] is not null && spec["nodeLabels"] is not JsonObject { Count: > 0 } =>
                ["$.spec: at least one nodeLabel is required when topology is set"],
            ("scheduling.volcano.sh/v1beta1", "Queue") => OfVolcano(spec),
            _ => [],
        };
    }

    private static IEnumerable<string> Groups(JsonNode? spec, bool hasParent, bool clusterQueue)
    {
        JsonObject[] groups = [.. KubernetesRules.Objects(spec?["resourceGroups"])];
        foreach (string twice in PodRules.Repeated(groups.SelectMany(Covered))
            .Concat(PodRules.Repeated(groups.SelectMany(g => KubernetesRules.Objects(g["flavors"])).Select(f => (string)f["name"]!))))
            yield return $"$.spec.resourceGroups: '{twice}' can only form part of one resource group";
        foreach (JsonObject group in groups)
        {
            foreach (JsonObject flavor in KubernetesRules.Objects(group["flavors"]))
            {
                if (!KubernetesRules.Objects(flavor["resources"]).Select(r => (string)r["name"]!).SequenceEqual(Covered(group)))
                    yield return $"$.spec.resourceGroups.{flavor["name"]}: flavors must have the same resources as the coveredResources, in their order";
                foreach (string error in KubernetesRules.Objects(flavor["resources"]).SelectMany(r => OfQuota(r, hasParent, clusterQueue)))
                    yield return $"$.spec.resourceGroups.{flavor["name"]}.{error}";
            }
        }
        if (QuantityRules.Parse(spec?["fairSharing"]?["weight"] ?? JsonValue.Create("1")) is not >= 0)
            yield return $"$.spec.fairSharing.weight: {spec?["fairSharing"]?["weight"]}";
    }

    private static IEnumerable<string> OfQuota(JsonObject quota, bool hasParent, bool clusterQueue)
    {
        string name = (string)quota["name"]!;
        decimal? nominal = QuantityRules.Parse(quota["nominalQuota"]);
        foreach (string limit in (string[])["nominalQuota", "borrowingLimit", "lendingLimit"])
        {
            if (quota[limit] is null)
                continue;
            if (QuantityRules.Parse(quota[limit]) is not { } value || value < 0)
                yield return $"{name}.{limit}: '{quota[limit]}' must be greater than or equal to 0";
            else if (limit != "nominalQuota" && !hasParent)
                yield return $"{name}: {limit} must be nil when cohort is empty";
            else if (limit == "lendingLimit" && clusterQueue && value > nominal)
                yield return $"{name}: lendingLimit must be less than or equal to the nominalQuota";
        }
    }

    private static IEnumerable<string> OfPolicy(JsonNode? spec)
    {
        JsonNode? preemption = spec?["preemption"], fungibility = spec?["flavorFungibility"];
        if ((string?)preemption?["reclaimWithinCohort"] is null or "Never" && (string?)preemption?["borrowWithinCohort"]?["policy"] is not (null or "Never"))
            yield return "$.spec.preemption: reclaimWithinCohort=Never and borrowWithinCohort.Policy!=Never";
        if (fungibility?["preference"] is not null && ((string?)fungibility["whenCanBorrow"] != "TryNextFlavor" || (string?)fungibility["whenCanPreempt"] != "TryNextFlavor"))
            yield return "$.spec.flavorFungibility: preference can only be set when both whenCanBorrow and whenCanPreempt are TryNextFlavor";
    }

    private static IEnumerable<string> OfParent(JsonObject manifest)
    {
        if ((string?)manifest["spec"]?["parentName"] is { } parent && parent == (string?)manifest["metadata"]!["name"])
            yield return "$.spec.parentName: a cohort is no part of itself";
    }

    private static IEnumerable<string> OfVolcano(JsonNode? spec)
    {
        JsonObject deserved = spec?["deserved"] as JsonObject ?? [], capability = spec?["capability"] as JsonObject ?? [], guarantee = spec?["guarantee"]?["resource"] as JsonObject ?? [];
        foreach ((string less, JsonObject a, string more, JsonObject b) in ((string, JsonObject, string, JsonObject)[])
            [("guarantee", guarantee, "deserved", deserved), ("guarantee", guarantee, "capability", capability), ("deserved", deserved, "capability", capability)])
        {
            foreach ((string name, JsonNode? value) in a)
            {
                if (b[name] is { } bound && QuantityRules.Parse(value) > QuantityRules.Parse(bound))
                    yield return $"$.spec: {less} of {name} ({value}) is more than {more} ({bound})";
            }
        }
        foreach ((string name, JsonNode? value) in deserved.Concat(capability).Concat(guarantee))
        {
            if (QuantityRules.Parse(value) is not >= 0)
                yield return $"$.spec: {name}: '{value}' is no quantity";
        }
    }

    private static IEnumerable<string> Covered(JsonObject group) => group["coveredResources"]!.AsArray().Select(r => (string)r!);
}
