using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What one pod runs.</summary>
/// <param name="Command">The program and its arguments.</param>
/// <param name="Environment">Its variables.</param>
/// <param name="Ask">What it asks for.</param>
/// <param name="NeedsStore">Whether it reads and writes artifacts itself, as built-in activities do.</param>
internal sealed record PodWork(string Image, IReadOnlyList<string> Command, string WorkingFolder, JsonArray Environment, Amount Ask, bool NeedsStore);

/// <summary>
/// A pod's template. It sees its attempt's folder of the shared volume, at the path that the server sees it at, and what else
/// it needs of the home folder; never the platform's database or keys.
/// </summary>
internal static class PodManifest
{
    private const string Volume = "home";

    /// <param name="pods">How many pods the attempt has.</param>
    public static JsonObject Template(AttemptOrder order, PodWork work, string home, ClusterSettings cluster, IReadOnlyDictionary<string, string> selector, int pods = 1)
    {
        JsonObject container = new()
        {
            ["name"] = KubeNames.Container,
            ["image"] = work.Image,
            ["command"] = Words(work.Command.Select(PodEnvironment.Literal)),
            ["workingDir"] = work.WorkingFolder,
            ["env"] = work.Environment,
            ["resources"] = PodResources.Of(work.Ask, cluster),
            ["securityContext"] = new JsonObject
            {
                ["allowPrivilegeEscalation"] = false,
                ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") },
            },
            ["terminationMessagePolicy"] = "FallbackToLogsOnError",
            ["volumeMounts"] = Mounts(order, work, home, cluster),
        };
        JsonObject spec = new()
        {
            ["automountServiceAccountToken"] = false,
            ["containers"] = new JsonArray(container),
            ["enableServiceLinks"] = false,
            ["restartPolicy"] = "Never",
            ["securityContext"] = Security(cluster),
            ["terminationGracePeriodSeconds"] = (long)Math.Ceiling(cluster.Grace.TotalSeconds),
            ["volumes"] = new JsonArray(VolumeOf(cluster)),
        };
        if (cluster.ServiceAccount is { } account)
            spec["serviceAccountName"] = account;
        if (cluster.ImagePullSecrets.Count > 0)
            spec["imagePullSecrets"] = new JsonArray([.. cluster.ImagePullSecrets.Select(s => new JsonObject { ["name"] = s })]);
        JsonObject nodes = NodeLabels(cluster, selector);
        if (nodes.Count > 0)
            spec["nodeSelector"] = nodes;
        if (cluster.Tolerations.Count > 0)
            spec["tolerations"] = new JsonArray([.. cluster.Tolerations.Select(Toleration)]);
        if (cluster.Admission == ClusterAdmission.Volcano)
            spec["schedulerName"] = "volcano";
        else if (cluster.Mode == ClusterMode.Bind)
            spec["schedulerName"] = KubeNames.Manager;
        JsonObject metadata = new() { ["labels"] = KubeNames.Labels(order, home) };
        if (cluster.Admission == ClusterAdmission.Volcano)
            metadata["annotations"] = new JsonObject { ["scheduling.k8s.io/group-name"] = KubeNames.Of(order.Id) };
        else if (cluster.Mode == ClusterMode.Bind)
        {
            metadata["annotations"] = new JsonObject
            {
                [ClusterBinder.PodsOf] = pods.ToString(CultureInfo.InvariantCulture),
                [ClusterBinder.Priority] = order.Resources.Priority.ToString(CultureInfo.InvariantCulture),
            };
        }
        return new JsonObject { ["metadata"] = metadata, ["spec"] = spec };
    }

    public static JsonArray Words(IEnumerable<string> words) => [.. words.Select(w => (JsonNode)w)];

    private static JsonObject NodeLabels(ClusterSettings cluster, IReadOnlyDictionary<string, string> selector)
    {
        JsonObject labels = [];
        foreach ((string name, string value) in cluster.NodeSelector.Concat(selector).OrderBy(l => l.Key, StringComparer.Ordinal))
            labels[name] = value;
        return labels;
    }

    private static JsonArray Mounts(AttemptOrder order, PodWork work, string home, ClusterSettings cluster)
    {
        JsonArray mounts = [Mount(AttemptFiles.Folder(home, order.Id), home, cluster)];
        if (order.KeepsCheckpoints)
            mounts.Add(Mount(AttemptFiles.Checkpoints(home, order.Id), home, cluster));
        if (work.NeedsStore)
            mounts.Add(Mount(Path.Combine(home, "artifacts"), home, cluster));
        return mounts;
    }

    private static JsonObject Mount(string folder, string home, ClusterSettings cluster) => new()
    {
        ["mountPath"] = folder,
        ["name"] = Volume,
        ["subPath"] = Path.Combine(cluster.VolumeFolder.Trim('/'), Path.GetRelativePath(home, folder)),
    };

    private static JsonObject VolumeOf(ClusterSettings cluster) => cluster.Claim is { } claim
        ? new JsonObject { ["name"] = Volume, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim } }
        : new JsonObject { ["name"] = Volume, ["hostPath"] = new JsonObject { ["path"] = cluster.HostPath, ["type"] = "Directory" } };

    private static JsonObject Security(ClusterSettings cluster)
    {
        JsonObject security = new() { ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" } };
        if (cluster.RunAsUser is { } user)
            (security["runAsUser"], security["runAsNonRoot"]) = (user, true);
        if (cluster.FsGroup is { } group)
            security["fsGroup"] = group;
        return security;
    }

    // key=value:Effect, key:Effect, key
    internal static JsonObject Toleration(string text)
    {
        string[] parts = text.Split(':', 2);
        string[] pair = parts[0].Split('=', 2);
        JsonObject toleration = new() { ["key"] = pair[0], ["operator"] = pair.Length == 2 ? "Equal" : "Exists" };
        if (pair.Length == 2)
            toleration["value"] = pair[1];
        if (parts.Length == 2)
            toleration["effect"] = parts[1];
        return toleration;
    }
}
