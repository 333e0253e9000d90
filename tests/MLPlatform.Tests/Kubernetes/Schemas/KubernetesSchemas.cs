using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>
/// What a strict API server would say to objects: the schemas among the shared data (Kubernetes 1.34 and 1.36, and the CRDs), in
/// which no unknown field passes, and <see cref="KubernetesRules"/> for what schemas cannot say. Tests are skipped where the schemas are not there.
/// </summary>
internal static class KubernetesSchemas
{
    private const string Folder = "k8s-schemas";
    private static readonly string[] CoreVersions = ["v1.34.0", "v1.36.0"];
    private static readonly ConcurrentDictionary<string, JsonElement> Loaded = new(StringComparer.Ordinal);

    /// <summary>Fails the test with all that is wrong with the objects of YAML or JSON; there must be at least one.</summary>
    public static IReadOnlyList<JsonObject> AssertValid(string manifests)
    {
        IReadOnlyList<JsonObject> objects = ManifestReader.Read(manifests);
        AssertValid(objects);
        return objects;
    }

    /// <inheritdoc cref="AssertValid(string)"/>
    public static void AssertValid(IReadOnlyCollection<JsonObject> objects)
    {
        Assert.NotEmpty(objects);
        // Told before they are compared: a comparison makes a failure of what skips the test.
        string[] errors = [.. objects.SelectMany(o => Errors(o).Select(e => $"{Name(o)}: {e}"))];
        Assert.Equal([], errors);
    }

    /// <summary>All that is wrong with an object; empty where nothing is. Skips the test where there are no schemas.</summary>
    public static IReadOnlyList<string> Errors(JsonObject manifest)
    {
        SharedData.File(Folder);
        IReadOnlyList<string> files = FilesOf(manifest);
        if (files.Count == 0)
            return [$"no schema for {(string?)manifest["apiVersion"]} {(string?)manifest["kind"]}"];
        List<string> errors = [.. files.SelectMany(f => SchemaCheck.Errors(manifest, Load(f))).Distinct()];
        if (files[0].StartsWith("crds", StringComparison.Ordinal))
        {
            // Their schemas leave metadata open.
            JsonElement pod = Load("core-v1.36.0-standalone-strict/pod-v1.json");
            errors.AddRange(SchemaCheck.Errors(manifest["metadata"], pod.GetProperty("$defs").GetProperty("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"), pod));
        }
        // Rules take the shape for granted.
        return errors.Count > 0 ? errors : [.. KubernetesRules.Errors(manifest)];
    }

    /// <summary>The schemas that an object has to meet, by path below the shared folder; none where its kind has none.</summary>
    public static IReadOnlyList<string> FilesOf(JsonObject manifest)
    {
        string kind = ((string?)manifest["kind"] ?? "").ToLowerInvariant();
        string[] version = ((string?)manifest["apiVersion"] ?? "").Split('/');
        string custom = version.Length == 2 ? $"crds/json/{kind}_{version[0]}_{version[1]}.json" : "";
        if (custom.Length > 0 && Exists(custom))
            return [custom];
        string file = version.Length == 2 ? $"{kind}-{version[0].Split('.')[0]}-{version[1]}.json" : $"{kind}-{version[0]}.json";
        return [.. CoreVersions.Select(v => $"core-{v}-standalone-strict/{file}").Where(Exists)];
    }

    public static JsonElement Load(string file) => Loaded.GetOrAdd(file, f => BuiltIn.GetValueOrDefault(f) is { } text
        ? JsonElement.Parse(text)
        : JsonElement.Parse(File.ReadAllBytes(SharedData.File(Path.Combine(Folder, f)))));

    private static bool Exists(string file) => BuiltIn.ContainsKey(file) || File.Exists(Path.Combine(SharedData.File(Folder), file));

    private static string Name(JsonObject manifest) => $"{(string?)manifest["kind"]} {(string?)manifest["metadata"]?["name"]}";

    // Kinds that the shared schemas leave out: after the API reference, and as strict.
    private const string Subjects = """
        { "type": "object", "additionalProperties": false, "required": ["apiVersion", "kind", "metadata", "roleRef", "subjects"], "properties": {
          "apiVersion": { "enum": ["rbac.authorization.k8s.io/v1"] }, "kind": { "enum": ["RoleBinding", "ClusterRoleBinding"] }, "metadata": { "type": "object" },
          "roleRef": { "type": "object", "additionalProperties": false, "required": ["apiGroup", "kind", "name"],
            "properties": { "apiGroup": { "enum": ["rbac.authorization.k8s.io"] }, "kind": { "enum": ["Role", "ClusterRole"] }, "name": { "type": "string" } } },
          "subjects": { "type": "array", "minItems": 1, "items": { "type": "object", "additionalProperties": false, "required": ["kind", "name"], "properties": {
            "apiGroup": { "type": "string" }, "kind": { "enum": ["ServiceAccount", "User", "Group"] }, "name": { "type": "string" }, "namespace": { "type": "string" } } } } } }
        """;

    private const string ClusterRole = """
        { "type": "object", "additionalProperties": false, "required": ["apiVersion", "kind", "metadata", "rules"], "properties": {
          "apiVersion": { "enum": ["rbac.authorization.k8s.io/v1"] }, "kind": { "enum": ["ClusterRole"] }, "metadata": { "type": "object" },
          "rules": { "type": "array", "items": { "type": "object", "additionalProperties": false, "required": ["verbs"], "properties": {
            "apiGroups": { "type": "array", "items": { "type": "string" } }, "resources": { "type": "array", "items": { "type": "string" } },
            "resourceNames": { "type": "array", "items": { "type": "string" } }, "nonResourceURLs": { "type": "array", "items": { "type": "string" } },
            "verbs": { "type": "array", "minItems": 1, "items": { "type": "string" } } } } } } }
        """;

    private static readonly Dictionary<string, string> BuiltIn = new(StringComparer.Ordinal)
    {
        ["core-v1.36.0-standalone-strict/rolebinding-rbac-v1.json"] = Subjects,
        ["core-v1.36.0-standalone-strict/clusterrolebinding-rbac-v1.json"] = Subjects,
        ["core-v1.36.0-standalone-strict/clusterrole-rbac-v1.json"] = ClusterRole,
    };
}
