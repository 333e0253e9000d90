using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>What an API server refuses of pods: names that repeat or lead nowhere, contradicting security, tolerations.</summary>
internal static partial class PodRules
{
    /// <param name="spec">A pod's spec, wherever it is.</param>
    public static IEnumerable<string> Of(JsonObject spec, string path)
    {
        List<JsonObject> containers = [.. KubernetesRules.Objects(spec["initContainers"]), .. KubernetesRules.Objects(spec["containers"])];
        string[] volumes = [.. KubernetesRules.Objects(spec["volumes"]).Select(v => (string)v["name"]!)];
        foreach (string repeated in Repeated(containers.Select(c => (string)c["name"]!)).Concat(Repeated(volumes)))
            yield return $"{path}: '{repeated}' comes twice";
        foreach (string volume in volumes.Where(v => !NameRules.IsLabel(v)))
            yield return $"{path}.volumes: '{volume}' is no label of RFC 1123";
        foreach (JsonObject container in containers)
        {
            foreach (string error in OfContainer(container, $"{path}.{container["name"]}"))
                yield return error;
            // Claims of a StatefulSet are volumes, too; KindRules looks at those.
            foreach (string mount in KubernetesRules.Objects(container["volumeMounts"]).Select(m => (string)m["name"]!).Where(m => spec["volumes"] is not null && !volumes.Contains(m)))
                yield return $"{path}.{container["name"]}: it mounts '{mount}', which is no volume";
            JsonNode? user = container["securityContext"]?["runAsUser"] ?? spec["securityContext"]?["runAsUser"];
            if ((bool?)(container["securityContext"]?["runAsNonRoot"] ?? spec["securityContext"]?["runAsNonRoot"]) == true && user?.ToString() == "0")
                yield return $"{path}.{container["name"]}: runAsNonRoot with user 0 never starts";
        }
        if ((string?)spec["serviceAccountName"] is { } account && !NameRules.IsSubdomain(account))
            yield return $"{path}.serviceAccountName: '{account}' is no name";
    }

    public static IEnumerable<string> OfToleration(JsonObject toleration, string path, bool tolerates)
    {
        string? key = (string?)toleration["key"], verb = (string?)toleration["operator"], effect = (string?)toleration["effect"];
        if (effect is not (null or "NoSchedule" or "PreferNoSchedule" or "NoExecute"))
            yield return $"{path}: '{effect}' is no effect";
        if (key is { Length: > 0 } && !NameRules.IsQualified(key))
            yield return $"{path}: '{key}' is no key of a taint";
        if (!tolerates)
            yield break;
        if (verb is not (null or "Equal" or "Exists"))
            yield return $"{path}: '{verb}' is no operator";
        if (string.IsNullOrEmpty(key) && verb != "Exists")
            yield return $"{path}: without a key the operator must be Exists";
        if (verb == "Exists" && toleration["value"] is not null)
            yield return $"{path}: with the operator Exists there is no value";
        if (toleration["tolerationSeconds"] is not null && effect != "NoExecute")
            yield return $"{path}: tolerationSeconds is for NoExecute";
    }

    private static IEnumerable<string> OfContainer(JsonObject container, string path)
    {
        if (!NameRules.IsLabel((string)container["name"]!))
            yield return $"{path}: the container's name is no label of RFC 1123";
        // Patches of templates name containers without their images.
        if (container["image"] is { } image && (string.IsNullOrWhiteSpace((string?)image) || ((string)image!).Any(char.IsWhiteSpace)))
            yield return $"{path}.image: '{image}' is no image";
        foreach (string error in QuantityRules.Of(container["resources"] as JsonObject, $"{path}.resources"))
            yield return error;
        string[] variables = [.. KubernetesRules.Objects(container["env"]).Select(e => (string)e["name"]!)];
        foreach (string repeated in Repeated(variables))
            yield return $"{path}.env: '{repeated}' comes twice";
        foreach (string variable in variables.Where(v => !Variable().IsMatch(v)))
            yield return $"{path}.env: '{variable}' is no name of a variable";
        foreach (JsonObject variable in KubernetesRules.Objects(container["env"]).Where(e => e["value"] is not null && e["valueFrom"] is not null))
            yield return $"{path}.env.{variable["name"]}: it has both a value and a source";
        foreach (string repeated in Repeated(KubernetesRules.Objects(container["volumeMounts"]).Select(m => (string)m["mountPath"]!)))
            yield return $"{path}.volumeMounts: '{repeated}' comes twice";
        foreach (JsonObject mount in KubernetesRules.Objects(container["volumeMounts"]))
        {
            if ((string?)mount["subPath"] is { } sub && (sub.StartsWith('/') || sub.Split('/').Contains("..")))
                yield return $"{path}.volumeMounts: the subPath '{sub}' leads out of the volume";
            if (!((string)mount["mountPath"]!).StartsWith('/') || ((string)mount["mountPath"]!).Contains(':'))
                yield return $"{path}.volumeMounts: '{mount["mountPath"]}' is no path to mount at";
        }
        JsonObject[] ports = [.. KubernetesRules.Objects(container["ports"])];
        foreach (string port in ports.Select(p => (string?)p["name"]).OfType<string>().Where(p => !Port().IsMatch(p) || !p.Any(char.IsAsciiLetterLower)))
            yield return $"{path}.ports: '{port}' is no name of a port (at most 15 lower-case letters, digits and '-')";
        foreach (string kind in (string[])["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if ((container[kind]?["httpGet"] ?? container[kind]?["tcpSocket"])?["port"] is { } probed
                && !ports.Any(p => p["name"]?.ToString() == probed.ToString() || p["containerPort"]!.ToString() == probed.ToString()))
                yield return $"{path}.{kind}: it asks port {probed}, which the container does not declare";
        }
    }

    internal static IEnumerable<string> Repeated(IEnumerable<string> names) => names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key);

    [GeneratedRegex(@"^[-._a-zA-Z][-._a-zA-Z0-9]*\z")]
    private static partial Regex Variable();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9]|-(?!-)){0,13}[a-z0-9]?\z")]
    private static partial Regex Port();
}
