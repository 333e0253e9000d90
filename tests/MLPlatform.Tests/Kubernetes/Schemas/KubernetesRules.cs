using System.Text.Json.Nodes;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>What API servers and webhooks refuse though it meets the schema: grammars of names, labels and quantities, pods that contradict themselves, and rules in CEL.</summary>
internal static class KubernetesRules
{
    /// <param name="manifest">An object that meets its schema.</param>
    public static IEnumerable<string> Errors(JsonObject manifest) =>
        [.. NameRules.Of(manifest), .. Walk(manifest, "$").SelectMany(n => OfNode(n.Node, n.Path)), .. KindRules.Of(manifest), .. QueueRules.Of(manifest)];

    /// <summary>Every object in a value, itself first, with its path.</summary>
    public static IEnumerable<(JsonObject Node, string Path)> Walk(JsonNode? node, string path)
    {
        if (node is JsonObject o)
        {
            yield return (o, path);
            foreach ((string name, JsonNode? inner) in o)
            {
                foreach ((JsonObject, string) found in Walk(inner, $"{path}.{name}"))
                    yield return found;
            }
        }
        else if (node is JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                foreach ((JsonObject, string) found in Walk(list[i], $"{path}[{i}]"))
                    yield return found;
            }
        }
    }

    private static IEnumerable<string> OfNode(JsonObject node, string path)
    {
        foreach (string labels in (string[])["labels", "matchLabels", "nodeSelector", "nodeLabels"])
        {
            if (node[labels] is JsonObject map)
            {
                foreach (string error in NameRules.Labels(map, $"{path}.{labels}"))
                    yield return error;
            }
        }
        if (node["annotations"] is JsonObject annotations)
        {
            foreach ((string key, _) in annotations.Where(a => !NameRules.IsQualified(a.Key)))
                yield return $"{path}.annotations: '{key}' is no key of an annotation";
        }
        if (node["containers"] is JsonArray)
        {
            foreach (string error in PodRules.Of(node, path))
                yield return error;
        }
        foreach (string tolerations in (string[])["tolerations", "nodeTaints", "taints"])
        {
            foreach (string error in Objects(node[tolerations]).SelectMany(t => PodRules.OfToleration(t, $"{path}.{tolerations}", tolerations == "tolerations")))
                yield return error;
        }
    }

    public static IEnumerable<JsonObject> Objects(JsonNode? array) => array is JsonArray list ? list.OfType<JsonObject>() : [];
}
