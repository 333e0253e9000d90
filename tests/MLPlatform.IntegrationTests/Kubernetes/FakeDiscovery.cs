using System.Text.Json.Nodes;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What clients such as kubectl ask first: which kinds there are.</summary>
internal static class FakeDiscovery
{
    public static JsonObject? Answer(string path) => path.Trim('/').Split('/') switch
    {
        ["version"] => new JsonObject { ["major"] = "1", ["minor"] = "34", ["gitVersion"] = "v1.34.0" },
        ["api"] => new JsonObject { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
        ["apis"] => new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["apiVersion"] = "v1",
            ["groups"] = new JsonArray([.. KubeResource.All.Where(r => r.Group.Length > 0).Select(r => (r.Group, r.Version)).Distinct().Select(g =>
            {
                JsonObject version = new() { ["groupVersion"] = $"{g.Group}/{g.Version}", ["version"] = g.Version };
                return new JsonObject { ["name"] = g.Group, ["versions"] = new JsonArray(version), ["preferredVersion"] = version.DeepClone() };
            })]),
        },
        ["api", var version] => Resources("", version),
        ["apis", var group, var version] => Resources(group, version),
        _ => null,
    };

    private static JsonObject Resources(string group, string version) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
        ["resources"] = new JsonArray([.. KubeResource.All.Where(r => r.Group == group && r.Version == version).Select(r => new JsonObject
        {
            ["name"] = r.Plural, ["singularName"] = r.Kind.ToLowerInvariant(), ["namespaced"] = r.Namespaced, ["kind"] = r.Kind,
            ["verbs"] = new JsonArray("create", "delete", "get", "list", "patch", "update", "watch"),
        })]),
    };
}
