using System.Text.Json.Nodes;
using MLPlatform.Tests.Kubernetes.Schemas;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What the fake API server says to objects: the published schemas where they are, and what schemas cannot say.</summary>
internal static class Manifests
{
    private static readonly bool HasSchemas =
        Directory.Exists(Path.Combine(Environment.GetEnvironmentVariable("MLP_SHARED") ?? Path.Combine(Repository.Root, "..", "shared"), "k8s-schemas"));

    /// <summary>All that is wrong with an object.</summary>
    public static IReadOnlyList<string> Problems(JsonObject o) =>
        [.. (HasSchemas ? KubernetesSchemas.Errors(o) : KubernetesRules.Errors(o)).Select(e => $"{o["kind"]} {o["metadata"]?["name"]}: {e}")];
}
