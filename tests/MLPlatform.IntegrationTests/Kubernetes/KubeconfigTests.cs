using Microsoft.Extensions.Options;
using MLPlatform.Executors.Kubernetes;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>Kubeconfigs that cannot be used stop the start with what is wrong, not with a bug of ours.</summary>
public sealed class KubeconfigTests : IDisposable
{
    private const string Good = """
        apiVersion: v1
        kind: Config
        current-context: c
        clusters: [ { name: k, cluster: { server: "http://127.0.0.1:1" } } ]
        contexts: [ { name: c, context: { cluster: k, user: u } } ]
        users: [ { name: u, user: { token: t } } ]
        """;

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("", "", null, null)]
    [InlineData("token: t", "", null, "appropriate auth credentials")]
    [InlineData("cluster: k, user", "cluster: other, user", null, "cannot be used")]
    [InlineData("", "", "missing", "missing")]
    [InlineData("kind: Config", "kind: [Config", null, "cannot be used")]
    public void A_kubeconfig_that_cannot_be_used_is_told_with_its_name(string right, string wrong, string? context, string? told)
    {
        File.WriteAllText(_file, right.Length > 0 ? Good.Replace(right, wrong, StringComparison.Ordinal) : Good);
        KubernetesOptions options = new() { Clusters = { ["east"] = new ClusterSettings { Kubeconfig = _file, Context = context, Image = "i", Claim = "c" } } };
        ValidateOptionsResult result = new KubernetesChecks().Validate(null, options);
        Assert.Equal(told is not null, result.Failed);
        if (told is not null)
            Assert.Contains(result.Failures!, f => f.StartsWith("KUBE-030 Kubernetes:Clusters:east: ", StringComparison.Ordinal) && f.Contains(told, StringComparison.Ordinal) && f.Contains(_file, StringComparison.Ordinal));
    }
}
