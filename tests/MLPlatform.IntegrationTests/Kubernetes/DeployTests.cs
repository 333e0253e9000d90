using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What deploy/ would make of a cluster.</summary>
public sealed partial class DeployTests
{
    private static string Base => Repository.File("deploy/base");

    private static IReadOnlyList<JsonObject> All => [.. Listed().SelectMany(f => ManifestReader.ReadFile(Path.Combine(Base, f)))];

    [Fact]
    public void Every_object_is_valid_and_in_the_namespace()
    {
        KubernetesSchemas.AssertValid([.. All]);
        Assert.All(All.Where(o => (string?)o["kind"] != "Namespace"), o => Assert.Equal("mlplatform", (string?)o["metadata"]!["namespace"]));
    }

    [Fact]
    public void The_overlay_for_binding_is_valid_too() => KubernetesSchemas.AssertValid([.. ManifestReader.ReadFile(Repository.File("deploy/bind/rights.yaml"))]);

    [Fact]
    public void The_kustomization_lists_every_file() =>
        Assert.Equal(Directory.GetFiles(Base, "*.yaml").Select(Path.GetFileName).Where(f => f != "kustomization.yaml").Order(StringComparer.Ordinal), Listed().Order(StringComparer.Ordinal));

    [Fact]
    public void Every_pod_runs_as_nobody_in_particular_and_may_not_become_more()
    {
        foreach (JsonObject set in All.Where(o => (string?)o["kind"] is "StatefulSet" or "Deployment"))
        {
            JsonNode pod = set["spec"]!["template"]!["spec"]!;
            Assert.True((bool)pod["securityContext"]!["runAsNonRoot"]!);
            Assert.All(pod["containers"]!.AsArray(), c =>
            {
                Assert.False((bool)c!["securityContext"]!["allowPrivilegeEscalation"]!);
                Assert.Equal("ALL", (string?)c["securityContext"]!["capabilities"]!["drop"]![0]);
                Assert.NotNull(c["resources"]!["limits"]!["memory"]);
            });
        }
    }

    [Fact]
    public void The_resources_file_compiles_and_names_the_cluster_of_the_settings()
    {
        (Core.Scheduling.Quotas.ResourcesFile? file, var problems) = Core.Scheduling.Quotas.ResourcesCompiler.Compile(File.ReadAllBytes(Repository.File("deploy/resources.json")), "resources.json");
        Assert.Empty(problems);
        Assert.Equal("here", file!.Pools["cluster"].Executor);
    }

    [Fact]
    public void No_secret_stands_in_any_file() =>
        Assert.DoesNotContain(All, o => (string?)o["kind"] == "Secret");

    [Fact]
    public void The_settings_of_the_cluster_are_settings_that_there_are_and_pass_the_checks()
    {
        JsonObject data = All.Single(o => (string?)o["kind"] == "ConfigMap")["data"]!.AsObject();
        string[] names = [.. data.Select(d => d.Key).Where(k => k.StartsWith("MLP_Kubernetes__Clusters__here__", StringComparison.Ordinal)).Select(k => k.Split("__")[3])];
        Assert.NotEmpty(names);
        Assert.All(names, n => Assert.NotNull(typeof(ClusterSettings).GetProperty(n)));
        Assert.Equal("mlplatform-home", (string?)data["MLP_Kubernetes__Clusters__here__Claim"]);
    }

    [Fact]
    public async Task The_server_may_do_what_it_does_and_nothing_else()
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => (s.TrackingUri, s.UsageEvery) = ("http://mlplatform:5080", TimeSpan.FromMilliseconds(50)));
        (KubernetesExecutor executor, Executors.Sink sink) = home.NewServer(new Token());
        AttemptOrder[] orders = [home.Shell("echo up"), home.Shell("echo up; exec sleep 60")];
        foreach (AttemptOrder order in orders)
            await executor.StartAsync(order, TestContext.Current.CancellationToken);
        await sink.EndOf(orders[0].Id);
        await sink.StartOf(orders[1].Id);
        await Executors.ExecutorHome.Until(() => home.Cluster.Server.Requests.Any(r => r.Contains("metrics.k8s.io", StringComparison.Ordinal)), "its use was asked for");
        await executor.StopAsync(orders[1].Id, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        await sink.EndOf(orders[1].Id);
        // A pod that ended with its job before it was looked for is not deleted: then another one is stopped.
        for (int i = 0; i < 20 && !home.Cluster.Server.Requests.Any(r => Right(r) == "delete /pods"); i++)
        {
            AttemptOrder stopped = home.Shell("echo up; exec sleep 60");
            await executor.StartAsync(stopped, TestContext.Current.CancellationToken);
            await sink.StartOf(stopped.Id);
            await executor.StopAsync(stopped.Id, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            await sink.EndOf(stopped.Id);
        }
        home.Cluster.PodQuota = "exceeded quota";
        AttemptOrder refused = home.Shell("true");
        await executor.StartAsync(refused, TestContext.Current.CancellationToken);
        await sink.EndOf(refused.Id);
        home.Cluster.DeleteByHand(FakeCluster.Jobs, "mlp-" + orders[0].Id);
        AttemptOrder gone = home.Shell("true"); // Asked about by name once it is missed.
        await executor.StartAsync(gone, TestContext.Current.CancellationToken);
        await Executors.ExecutorHome.Until(() => home.Cluster.Store.Find(FakeCluster.Jobs, FakeCluster.Namespace, "mlp-" + gone.Id) is not null, "it was made");
        home.Cluster.DeleteByHand(FakeCluster.Jobs, "mlp-" + gone.Id);
        await sink.EndOf(gone.Id);

        HashSet<string> used = [.. home.Cluster.Server.Requests.Select(Right)];
        HashSet<string> allowed = [.. All.Single(o => (string?)o["kind"] == "Role")["rules"]!.AsArray().SelectMany(r =>
            r!["resources"]!.AsArray().SelectMany(resource => r["verbs"]!.AsArray().Select(verb => $"{verb} {r["apiGroups"]![0]}/{resource}")))];
        Assert.Empty(used.Except(allowed));
        Assert.Empty(allowed.Where(a => !a.Contains("jobsets", StringComparison.Ordinal) && !a.Contains("trainjobs", StringComparison.Ordinal) && !a.Contains("podgroups", StringComparison.Ordinal)).Except(used));
    }

    // The verb and resource that Kubernetes would ask its roles about.
    private static string Right(string request)
    {
        Match match = Path_().Match(request);
        string method = match.Groups[1].Value, group = match.Groups[2].Value, resource = match.Groups[3].Value, name = match.Groups[4].Value, sub = match.Groups[5].Value;
        string verb = (method, name.Length > 0) switch
        {
            ("GET", true) => "get",
            ("GET", false) => request.Contains("watch=", StringComparison.OrdinalIgnoreCase) && !request.Contains("watch=false", StringComparison.OrdinalIgnoreCase) ? "watch" : "list",
            ("POST", _) => "create",
            ("DELETE", _) => "delete",
            ("PUT", _) => "update",
            _ => "patch",
        };
        return $"{verb} {group}/{resource}{(sub.Length > 0 ? "/" + sub : "")}";
    }

    private static IEnumerable<string> Listed() => ManifestReader.ReadFile(Path.Combine(Base, "kustomization.yaml"))[0]["resources"]!.AsArray().Select(r => (string)r!);

    [GeneratedRegex(@"^(\w+) /apis?/(?:([^/]+)/)?v[^/]+/namespaces/[^/]+/([^/?]+)(?:/([^/?]+))?(?:/([^/?]+))?")]
    private static partial Regex Path_();

    private sealed class Token : IAttemptVariables
    {
        public IReadOnlyDictionary<string, string> Of(AttemptOrder order) => new Dictionary<string, string> { ["MLFLOW_TRACKING_TOKEN"] = "t" };
    }
}
