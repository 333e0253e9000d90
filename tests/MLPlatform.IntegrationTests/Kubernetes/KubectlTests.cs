using System.Diagnostics;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>Debian's kubectl as a second client: what it can work with, the fake API server got right, whatever our client thinks.</summary>
public sealed class KubectlTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kubectl_sees_the_job_reads_its_log_and_deletes_it()
    {
        string kubectl = Find();
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("echo up; exec sleep 60");
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.LogLines(order).Contains("up"), "it was up");
        string name = "mlp-" + order.Id;

        JsonElement job = JsonElement.Parse(await RunAsync(kubectl, home, "get", "job", name, "-o", "json"));
        Assert.Equal(0, job.GetProperty("spec").GetProperty("backoffLimit").GetInt32());
        JsonElement pods = JsonElement.Parse(await RunAsync(kubectl, home, "get", "pods", "-l", "mlplatform.io/attempt=" + order.Id, "-o", "json"));
        string pod = Assert.Single(pods.GetProperty("items").EnumerateArray()).GetProperty("metadata").GetProperty("name").GetString()!;
        Assert.Equal("up\n", await RunAsync(kubectl, home, "logs", pod));
        Assert.Contains(name, await RunAsync(kubectl, home, "get", "jobs", "--chunk-size=1", "-o", "name"), StringComparison.Ordinal);
        await RunAsync(kubectl, home, "delete", "job", name, "--cascade=foreground", "--wait=false");

        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await home.Sink.EndOf(order.Id)).Outcome).Failure;
        Assert.Contains(failure.Code, (string[])["KUBE-013", "EXEC-002", "EXEC-009"]);
    }

    [Fact]
    public async Task What_export_writes_is_applied_by_kubectl()
    {
        string kubectl = Find();
        await using ClusterHome home = await ClusterHome.StartAsync();
        string root = Repository.File("tests/MLPlatform.Tests/Kubernetes/Goldens");
        string[] files = [.. Directory.GetFiles(root, "*.yaml").Order(StringComparer.Ordinal)];
        Assert.NotEmpty(files);
        home.Cluster.Lives = _ => Task.FromResult(true); // Made, not run.
        foreach (string file in files.Where(f => !f.Contains("kueue.yaml", StringComparison.Ordinal) && !f.Contains("volcano.yaml", StringComparison.Ordinal)))
            Assert.Contains(" created", await RunAsync(kubectl, home, "create", "--validate=false", "-f", file), StringComparison.Ordinal);
    }

    private static string Find()
    {
        string kubectl = Repository.File(".build/kubectl/usr/bin/kubectl");
        Assert.SkipUnless(File.Exists(kubectl), "there is no kubectl; ./test unpacks Debian's");
        return kubectl;
    }

    private static async Task<string> RunAsync(string kubectl, ClusterHome home, params string[] arguments)
    {
        ProcessStartInfo start = new(kubectl, ["--kubeconfig", home.Settings.Kubeconfig!, "--cache-dir", Path.Combine(home.Folder, "kube-cache"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel), error = process.StandardError.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.True(process.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {await output}{await error}");
        return await output;
    }
}
