using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>A pod on the fake node: a real process with what the pod's template says, or a life that a test plays.</summary>
internal sealed partial class FakePod(FakeCluster cluster, JsonObject pod)
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;

    public string Name { get; } = (string)pod["metadata"]!["name"]!;
    public string Attempt { get; } = (string?)pod["metadata"]!["labels"]!["mlplatform.io/attempt"] ?? "";
    public JsonObject Container { get; } = pod["spec"]!["containers"]![0]!.AsObject();

    /// <summary>Done when somebody deletes the pod.</summary>
    public Task Stopped => _stopped.Task;

    public async Task LiveAsync(CancellationToken cancel)
    {
        try
        {
            if (cluster.Lives is null || !await cluster.Lives(this))
                await ExecuteAsync(cancel);
        }
        finally
        {
            _over.TrySetResult();
            if (Stopped.IsCompleted)
                cluster.Store.Remove(FakeCluster.Pods, FakeCluster.Namespace, Name);
        }
    }

    public void Log(string line) => cluster.Server.Logs.GetOrAdd(Name, _ => new FakeLog()).Add(line);

    public void Waits(string reason, string message) => State("Pending", new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message } });

    public void Runs()
    {
        cluster.Server.Logs.GetOrAdd(Name, _ => new FakeLog());
        State("Running", new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Now() } });
    }

    public void Ends(int code, string? reason = null, string? message = null)
    {
        if (cluster.Server.Logs.TryGetValue(Name, out FakeLog? log))
            log.End();
        State(code == 0 ? "Succeeded" : "Failed", new JsonObject
        {
            ["terminated"] = new JsonObject { ["exitCode"] = code, ["reason"] = reason ?? (code == 0 ? "Completed" : "Error"), ["message"] = message, ["startedAt"] = Now(), ["finishedAt"] = Now() },
        });
    }

    /// <summary>Ends it without a word of its container, as evictions and lost nodes do.</summary>
    public void Fails(string reason, string message, string? disruption = null, string phase = "Failed") => cluster.Store.Change(FakeCluster.Pods, FakeCluster.Namespace, Name, p =>
    {
        p["status"] = new JsonObject { ["phase"] = phase, ["reason"] = reason.Length > 0 ? reason : null, ["message"] = message };
        if (disruption is not null)
            p["status"]!["conditions"] = new JsonArray(new JsonObject { ["type"] = "DisruptionTarget", ["status"] = "True", ["reason"] = disruption, ["message"] = message });
    });

    public async Task StopAsync(TimeSpan grace)
    {
        _stopped.TrySetResult();
        if (_process is { HasExited: false } process)
        {
            _ = Libc.Kill(process.Id, 15);
            await Task.WhenAny(_over.Task, Task.Delay(grace));
            Kill();
        }
        await Task.WhenAny(_over.Task, Task.Delay(grace));
        cluster.Store.Remove(FakeCluster.Pods, FakeCluster.Namespace, Name);
    }

    public void Kill()
    {
        try
        {
            _process?.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            return; // It has ended already.
        }
    }

    private async Task ExecuteAsync(CancellationToken cancel)
    {
        if (cluster.Images is { } images && !images.Contains((string)Container["image"]!))
        {
            Waits("ErrImagePull", $"failed to pull and unpack image \"{Container["image"]}\": not found");
            return;
        }
        foreach (JsonNode? mount in Container["volumeMounts"]!.AsArray())
        {
            if (HostPath(mount!) != (string)mount!["mountPath"]!)
            {
                Waits("CreateContainerConfigError", $"{mount["mountPath"]} would be {HostPath(mount)}, and this node runs processes that see their machine as it is");
                return;
            }
        }
        string[] words = [.. Container["command"]!.AsArray().Select(w => Expand((string)w!, []))];
        ProcessStartInfo start = new(words[0], words.Skip(1))
        {
            WorkingDirectory = (string?)Container["workingDir"] ?? "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (string name in (string[])["PATH", "HOME", "DOTNET_ROOT"])
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                start.Environment[name] = value;
        }
        Dictionary<string, string> variables = [];
        foreach (JsonNode? variable in Container["env"]!.AsArray())
            variables[(string)variable!["name"]!] = start.Environment[(string)variable["name"]!] = Value(variable, variables);
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            Ends(128, "StartError", $"failed to create containerd task: exec: \"{words[0]}\": {e.Message}");
            return;
        }
        _process.StandardInput.Close();
        Runs();
        await Task.WhenAll(CopyAsync(_process.StandardOutput), CopyAsync(_process.StandardError), _process.WaitForExitAsync(cancel));
        Ends(_process.ExitCode);
    }

    private async Task CopyAsync(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
            Log(line);
    }

    private string HostPath(JsonNode mount)
    {
        JsonNode volume = pod["spec"]!["volumes"]!.AsArray().Single(v => (string)v!["name"]! == (string)mount["name"]!)!;
        string root = (string?)volume["hostPath"]?["path"] ?? cluster.Claims.GetValueOrDefault((string?)volume["persistentVolumeClaim"]?["claimName"] ?? "", "/nowhere");
        return Path.Combine(root, (string?)mount["subPath"] ?? "");
    }

    private string Value(JsonNode variable, Dictionary<string, string> before)
    {
        if (variable["valueFrom"]?["secretKeyRef"] is { } secret)
            return Encoding.UTF8.GetString(Convert.FromBase64String((string)cluster.Store.Find(FakeCluster.Secrets, FakeCluster.Namespace, (string)secret["name"]!)!["data"]![(string)secret["key"]!]!));
        if ((string?)variable["valueFrom"]?["fieldRef"]?["fieldPath"] is { } path)
            return (string)pod["metadata"]!["annotations"]![path.Split('\'')[1]]!;
        return Expand((string?)variable["value"] ?? "", before);
    }

    // $(NAME) is a variable from before, $$( is a dollar and a bracket.
    private static string Expand(string text, Dictionary<string, string> before) => Reference().Replace(text, match =>
        match.Value == "$$(" ? "$(" : before.TryGetValue(match.Groups[1].Value, out string? value) ? value : match.Value);

    private void State(string phase, JsonObject state) => cluster.Store.Change(FakeCluster.Pods, FakeCluster.Namespace, Name, p => p["status"] = new JsonObject
    {
        ["phase"] = phase,
        ["containerStatuses"] = new JsonArray(new JsonObject
        {
            ["name"] = "main",
            ["image"] = (string)Container["image"]!,
            ["imageID"] = "",
            ["ready"] = phase == "Running",
            ["restartCount"] = 0,
            ["state"] = state,
        }),
    });

    private static string Now() => ObjectStore.Time(TimeProvider.System.GetUtcNow());

    [GeneratedRegex(@"\$\$\(|\$\(([A-Za-z_][A-Za-z0-9_]*)\)")]
    private static partial Regex Reference();
}
