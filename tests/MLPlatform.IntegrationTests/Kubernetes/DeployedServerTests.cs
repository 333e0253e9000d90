using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>
/// What the pod of deploy/overlays/single would run, run here: the built server with the manifest's arguments and variables, as its user,
/// who cannot write the folder that the program lies in.
/// </summary>
public sealed class DeployedServerTests : IDisposable
{
    private static readonly TimeSpan Deadline = Eventually.Patience;
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-deploy-").FullName;
    private Process? _server;

    [Fact]
    public async Task The_server_starts_as_its_manifest_says_and_answers_its_probes()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        IReadOnlyList<JsonObject> all = OverlayTests.Build("single");
        JsonNode pod = OverlayTests.Pods(all).Single()["spec"]!, container = pod["containers"]![0]!;
        string user = pod["securityContext"]!["runAsUser"]!.ToString(), group = pod["securityContext"]!["runAsGroup"]!.ToString();
        string program = Path.Combine(AppContext.BaseDirectory, "mlp.dll");
        string[] asUser = ["--reuid", user, "--regid", group, "--clear-groups"];
        Assert.SkipUnless(Environment.UserName == "root" && File.Exists("/usr/bin/setpriv"), "only root becomes another user, with setpriv");
        Assert.SkipUnless(await RunAsync([.. asUser, "test", "-r", program]) == 0, $"the folder {AppContext.BaseDirectory} is closed to other users");
        Assert.NotEqual(0, await RunAsync([.. asUser, "test", "-w", AppContext.BaseDirectory]));

        // The volumes of the pod: what it may write.
        Dictionary<string, string> mounts = container["volumeMounts"]!.AsArray().ToDictionary(m => (string)m!["mountPath"]!, m => Directory.CreateDirectory(Path.Combine(_folder, (string)m!["name"]!)).FullName);
        Assert.Equal(0, await RunAsync(["--reuid", "0", "chown", "-R", $"{user}:{group}", _folder]));
        ProcessStartInfo start = new("/usr/bin/setpriv") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = mounts["/tmp"] };
        foreach (string word in (string[])[.. asUser, "dotnet", program, .. container["args"]!.AsArray().Select(a => (string)a!).Select(a => a.StartsWith("http://0.0.0.0:", StringComparison.Ordinal) ? "http://127.0.0.1:0" : a)])
            start.ArgumentList.Add(word);
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["TMPDIR"] = mounts["/tmp"];
        foreach ((string name, JsonNode? value) in all.Single(o => (string?)o["kind"] == "ConfigMap")["data"]!.AsObject())
            start.Environment[name] = (string?)value;
        foreach (JsonNode? variable in container["env"]!.AsArray())
            start.Environment[(string)variable!["name"]!] = ((string?)variable["value"] ?? "mlplatform-0").Replace("$(POD_NAME)", "mlplatform-0", StringComparison.Ordinal);
        foreach ((string mount, string folder) in mounts)
        {
            foreach (string name in start.Environment.Where(v => v.Value == mount).Select(v => v.Key).ToArray())
                start.Environment[name] = folder;
        }
        // A pod is told of its cluster by what is mounted into it; here it is a file, and nobody answers there.
        start.Environment["MLP_Kubernetes__Clusters__here__Kubeconfig"] = Kubeconfig();
        _server = Process.Start(start)!;
        Task<string> error = _server.StandardError.ReadToEndAsync(cancel);

        // The line with the address comes last.
        string? said = null, token = null;
        do
        {
            if (said?.StartsWith("Admin token", StringComparison.Ordinal) == true)
                token = said.Split(": ")[1];
            said = await _server.StandardOutput.ReadLineAsync(cancel).AsTask().WaitAsync(Deadline, cancel);
        }
        while (said is not null && !said.Contains(" at http://127.0.0.1:", StringComparison.Ordinal));
        Assert.True(said is not null, said is null ? await error : "");
        Uri address = new(said!.Split(" at ")[1].Split(' ')[0]);
        Assert.NotNull(token);

        using HttpClient client = new() { BaseAddress = address };
        foreach (string probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync((string)container[probe]!["httpGet"]!["path"]!, cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api/v1/runs", cancel)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/v1/runs", cancel)).StatusCode);
        Assert.Equal(0, await RunAsync(["--reuid", "0", "kill", "-TERM", _server.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]));
        await _server.WaitForExitAsync(cancel).WaitAsync(Deadline, cancel);
        Assert.Equal(0, _server.ExitCode);
        Assert.True(File.Exists(Path.Combine(mounts["/var/lib/mlplatform"], "mlp.db")));
    }

    public void Dispose()
    {
        if (_server is { HasExited: false })
            _server.Kill(entireProcessTree: true);
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Kubeconfig()
    {
        string file = Path.Combine(_folder, "kubeconfig");
        File.WriteAllText(file, """
            apiVersion: v1
            kind: Config
            current-context: c
            clusters: [ { name: c, cluster: { server: "http://127.0.0.1:1" } } ]
            contexts: [ { name: c, context: { cluster: c, user: u } } ]
            users: [ { name: u, user: { token: t } } ]
            """);
        return file;
    }

    private static async Task<int> RunAsync(string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/setpriv", arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
