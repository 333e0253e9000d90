using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>The overlays of deploy/, built by kubectl: whole, valid, and no more allowed than they need.</summary>
public sealed partial class OverlayTests
{
    public static TheoryData<string, string> Overlays => new() { { "single", "" }, { "several", "mlplatform-postgres/connection mlplatform-postgres/password" } };

    [Theory, MemberData(nameof(Overlays))]
    public void What_kubectl_builds_is_valid_and_whole(string overlay, string secrets)
    {
        IReadOnlyList<JsonObject> all = Build(overlay);
        KubernetesSchemas.AssertValid([.. all]);
        Assert.Empty(all.GroupBy(o => $"{o["kind"]} {o["metadata"]!["name"]}").Where(g => g.Count() > 1).Select(g => g.Key));
        HashSet<string> made = [.. all.Select(o => $"{o["kind"]} {o["metadata"]!["name"]}")];
        Assert.Equal([], all.SelectMany(o => KubernetesRules.Walk(o, "")).SelectMany(o => Named(o.Node)).Where(n => !made.Contains(n)));
        // Of Secrets only names are here, and of those only what an installation is told to make.
        Assert.DoesNotContain(all, o => (string?)o["kind"] == "Secret");
        Assert.Equal(secrets, string.Join(' ', all.SelectMany(o => KubernetesRules.Walk(o, "")).Select(o => o.Node["secretKeyRef"]).OfType<JsonObject>()
            .Select(s => $"{s["name"]}/{s["key"]}").Distinct().Order(StringComparer.Ordinal)));
        JsonObject[] pods = [.. Pods(all)];
        foreach (JsonObject selecting in all.Where(o => (string?)o["kind"] is "Service" or "PodDisruptionBudget"))
        {
            JsonObject selector = (selecting["spec"]!["selector"]!["matchLabels"] ?? selecting["spec"]!["selector"])!.AsObject();
            Assert.Contains(pods, p => selector.All(l => (string?)p["metadata"]!["labels"]![l.Key] == (string?)l.Value));
        }
    }

    [Theory, MemberData(nameof(Overlays))]
    public void Every_container_is_bounded_in_what_it_may_do_and_use(string overlay, string secrets)
    {
        _ = secrets;
        string version = XDocument.Load(Repository.File("Directory.Build.props")).Descendants("Version").Single().Value;
        foreach (JsonObject pod in Pods(Build(overlay)))
        {
            JsonNode spec = pod["spec"]!;
            Assert.True((bool)spec["securityContext"]!["runAsNonRoot"]!);
            Assert.True((long)spec["securityContext"]!["runAsUser"]! > 0);
            Assert.Equal("RuntimeDefault", (string?)spec["securityContext"]!["seccompProfile"]!["type"]);
            foreach (JsonNode? container in spec["containers"]!.AsArray())
            {
                JsonNode security = container!["securityContext"]!;
                Assert.False((bool)security["allowPrivilegeEscalation"]!);
                Assert.True((bool)security["readOnlyRootFilesystem"]!);
                Assert.Equal("""["ALL"]""", security["capabilities"]!["drop"]!.ToJsonString());
                Assert.All((string[])["cpu", "memory"], r => Assert.True(container["resources"]!["limits"]![r] is not null && container["resources"]!["requests"]![r] is not null));
                Assert.All((string[])["readinessProbe", "livenessProbe"], p => Assert.NotNull(container[p]));
                string image = (string)container["image"]!;
                Assert.Matches("^(mlplatform-server:" + Regex.Escape(version) + "|postgres:[0-9]+)$", image);
            }
        }
        JsonObject settings = Build(overlay).Single(o => (string?)o["kind"] == "ConfigMap");
        Assert.Equal("mlplatform-worker:" + version, (string?)settings["data"]!["MLP_Kubernetes__Clusters__here__Image"]);
    }

    [Fact]
    public void Images_are_of_pinned_bases_and_run_as_nobody_in_particular()
    {
        string[] lines = File.ReadAllLines(Repository.File("deploy/Dockerfile"));
        Assert.All(lines.Where(l => l.StartsWith("FROM ", StringComparison.Ordinal)), l => Assert.Matches(@"^FROM (mcr\.microsoft\.com/dotnet/(sdk|runtime|aspnet):10\.0|node:22) AS \w+$", l));
        foreach (string stage in string.Join('\n', lines).Split("\nFROM ").Skip(1).Where(s => s.Contains("ENTRYPOINT", StringComparison.Ordinal)))
            Assert.Matches(@"\nUSER [1-9]\d*:[1-9]\d*\n", stage);
        JsonNode server = Pods(Build("single")).Single()["spec"]!;
        Assert.Contains(lines, l => l == $"USER {server["securityContext"]!["runAsUser"]}:{server["securityContext"]!["runAsGroup"]}");
        // A volume that is made for the home is writable for that user.
        string home = (string)server["containers"]![0]!["env"]!.AsArray().Single(v => (string?)v!["name"] == "MLP_HOME")!["value"]!;
        Assert.Contains(lines, l => l.StartsWith($"ENV MLP_HOME={home} ", StringComparison.Ordinal));
        Assert.Contains($"VOLUME {home}", lines);
        Assert.Contains($"RUN install -d -o {server["securityContext"]!["runAsUser"]} -g {server["securityContext"]!["runAsGroup"]} {home}", lines);
        // Arguments of the manifest follow the image's entry point.
        Assert.Contains("ENTRYPOINT [\"dotnet\", \"/app/mlp.dll\"]", lines);
        Assert.Null(server["containers"]![0]!["command"]);
    }

    internal static IReadOnlyList<JsonObject> Build(string overlay)
    {
        string kubectl = Repository.File(".build/kubectl/usr/bin/kubectl");
        Assert.SkipUnless(File.Exists(kubectl), "there is no kubectl; ./test unpacks Debian's");
        ProcessStartInfo start = new(kubectl, ["kustomize", Repository.File("deploy/overlays/" + overlay)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string built = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return ManifestReader.Read(built);
    }

    internal static IEnumerable<JsonObject> Pods(IReadOnlyList<JsonObject> all) => all.Where(o => (string?)o["kind"] is "StatefulSet" or "Deployment").Select(o => o["spec"]!["template"]!.AsObject());

    // What an object names that has to be made with it.
    private static IEnumerable<string> Named(JsonObject node)
    {
        foreach ((string field, string kind, string key) in ((string, string, string)[])
            [("configMapRef", "ConfigMap", "name"), ("configMapKeyRef", "ConfigMap", "name"), ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"), ("roleRef", "Role", "name")])
        {
            if (node[field] is JsonObject named)
                yield return $"{kind} {named[key]}";
        }
        if ((string?)node["serviceAccountName"] is { } account)
            yield return $"ServiceAccount {account}";
        if ((string?)node["serviceName"] is { } service)
            yield return $"Service {service}";
        foreach (JsonObject subject in KubernetesRules.Objects(node["subjects"]))
            yield return $"{subject["kind"]} {subject["name"]}";
        foreach ((string name, JsonNode? value) in node["data"] as JsonObject ?? [])
        {
            if (Cluster().Match(name).Groups[1].Value is "Claim" or "ServiceAccount")
                yield return $"{(name.EndsWith("Claim", StringComparison.Ordinal) ? "PersistentVolumeClaim" : "ServiceAccount")} {value}";
        }
    }

    [GeneratedRegex("^MLP_Kubernetes__Clusters__here__(Claim|ServiceAccount)$")]
    private static partial Regex Cluster();
}
