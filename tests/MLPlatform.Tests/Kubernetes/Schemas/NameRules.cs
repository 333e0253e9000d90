using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>The grammars of names and labels (RFC 1123 and 1035), with the lengths that controllers leave for what they append.</summary>
internal static partial class NameRules
{
    // Pods of these are named after them, and a pod's name becomes a host name or a label's value.
    private static readonly Dictionary<string, int> Shorter = new(StringComparer.Ordinal)
    {
        ["CronJob"] = 52,
        ["Job"] = 63,
        ["Service"] = 63,
        ["Namespace"] = 63,
        ["StatefulSet"] = 52,
        ["Deployment"] = 63,
        ["JobSet"] = 52,
        ["TrainJob"] = 52,
    };

    private static readonly HashSet<string> Unscoped = new(StringComparer.Ordinal)
    {
        "Namespace", "PersistentVolume", "StorageClass", "PriorityClass", "Node", "ClusterRole", "ClusterRoleBinding", "DeviceClass", "ResourceSlice",
        "Cohort", "ClusterQueue", "ResourceFlavor", "WorkloadPriorityClass", "AdmissionCheck", "Topology", "ClusterTrainingRuntime", "Queue", "HyperNode",
    };

    public static IEnumerable<string> Of(JsonObject manifest)
    {
        string kind = (string)manifest["kind"]!;
        string? name = (string?)manifest["metadata"]?["name"], space = (string?)manifest["metadata"]?["namespace"];
        if (string.IsNullOrEmpty(name))
        {
            if (string.IsNullOrEmpty((string?)manifest["metadata"]?["generateName"]))
                yield return "$.metadata: it has neither name nor generateName";
            yield break;
        }
        if (!(kind is "Role" or "RoleBinding" or "ClusterRole" or "ClusterRoleBinding" ? !name.Contains('/') && !name.Contains('%') && name is not ("." or "..") : IsSubdomain(name)))
            yield return $"$.metadata.name: '{name}' is no name of RFC 1123 (lower-case letters, digits, '-' and '.', at most 253)";
        if (Shorter.TryGetValue(kind, out int most) && (name.Length > most || name.Contains('.')))
            yield return $"$.metadata.name: '{name}' of a {kind} must be one label of at most {most} characters";
        if (kind is "TrainJob" or "Service" && !char.IsAsciiLetterLower(name[0]))
            yield return $"$.metadata.name: '{name}' of a {kind} must begin with a letter (RFC 1035)";
        if (space is not null && !IsLabel(space))
            yield return $"$.metadata.namespace: '{space}' is no label of RFC 1123";
        if (space is not null && Unscoped.Contains(kind))
            yield return $"$.metadata.namespace: a {kind} belongs to no namespace";
    }

    public static IEnumerable<string> Labels(JsonObject labels, string path)
    {
        foreach ((string key, JsonNode? value) in labels)
        {
            if (!IsQualified(key))
                yield return $"{path}: '{key}' is no key of a label";
            if (value?.GetValueKind() != System.Text.Json.JsonValueKind.String || !LabelValue().IsMatch((string)value!))
                yield return $"{path}.{key}: '{value}' is no value of a label (letters, digits, '-', '_' and '.', at most 63)";
        }
    }

    /// <summary>One part of a host's name, at most 63 characters.</summary>
    public static bool IsLabel(string name) => name.Length <= 63 && Label().IsMatch(name);

    public static bool IsSubdomain(string name) => name.Length <= 253 && Subdomain().IsMatch(name);

    /// <summary>A key of labels, annotations and resources: a name, with a domain before it or not.</summary>
    public static bool IsQualified(string key) => key.Split('/') switch
    {
        [string name] => Qualified().IsMatch(name),
        [string domain, string name] => IsSubdomain(domain) && Qualified().IsMatch(name),
        _ => false,
    };

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex Qualified();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex LabelValue();
}
