using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas.Clusters;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>Says what an attempt becomes on a cluster. Pure: the same attempt becomes the same objects, byte by byte.</summary>
internal static class AttemptManifest
{
    // The engine ends an attempt at its time limit; the cluster does so only where no server is there to.
    private static readonly TimeSpan DeadlineSlack = TimeSpan.FromMinutes(1);
    private static readonly string[] UsualWorker = ["dotnet", "/app/worker/MLPlatform.Worker.dll"];

    /// <param name="home">The home folder, which pods see at the same path.</param>
    /// <param name="selector">The labels that the pool's nodes have.</param>
    /// <exception cref="ActivityException">The cluster cannot run it as declared.</exception>
    public static Workload Of(AttemptOrder order, string home, ClusterSettings cluster, IReadOnlyDictionary<string, string> selector)
    {
        home = Path.GetFullPath(home);
        if (order.Command is { Roles: true })
        {
            IReadOnlyDictionary<string, RoleDeclaration> roles = Roles(order);
            if (roles.Values.Sum(r => r.Count) > 1)
                return cluster.Distributed == DistributedKind.TrainJob
                    ? TrainJobManifest.Of(order, roles, home, cluster, selector)
                    : JobSetManifest.Of(order, roles, home, cluster, selector);
            (string role, RoleDeclaration only) = roles.Single();
            order = order with { Command = order.Command with { Arguments = only.Command ?? UsualCommand(order), Environment = Merge(order.Command.Environment, only.Environment), Roles = false } };
        }
        JsonObject spec = JobSpec(order, PodManifest.Template(order, Work(order, home, cluster), home, cluster, selector), cluster);
        Amount ask = Amount.Of(order.Resources);
        return new Workload(WorkloadKind.Job, Object(WorkloadKind.Job, order, home, cluster, spec), Gang(order, home, cluster, 1, ask));
    }

    /// <summary>What a pod runs that is the whole attempt.</summary>
    private static PodWork Work(AttemptOrder order, string home, ClusterSettings cluster)
    {
        string folder = AttemptFiles.Folder(home, order.Id);
        JsonArray environment = PodEnvironment.Of(order, folder, home, cluster);
        return order.Command is { } script
            ? new PodWork(Image(order, cluster), script.Arguments, WorkingFolder(script, folder), environment, Amount.Of(order.Resources), NeedsStore: false)
            : new PodWork(
                Image(order, cluster), [.. cluster.WorkerCommand.DefaultIfEmpty(UsualWorker), "attempt", "--home", home, "--id", order.Id.ToString()],
                Path.Combine(folder, AttemptFiles.Scratch), environment, Amount.Of(order.Resources), NeedsStore: true);
    }

    public static string Image(AttemptOrder order, ClusterSettings cluster) => order.Command?.Image is { Length: > 0 } image ? image : cluster.Image;

    public static string WorkingFolder(ScriptCommand script, string folder) =>
        script.Code is { } code ? CodeFolder.Start(folder, code) : script.WorkingFolder ?? Path.Combine(folder, AttemptFiles.Scratch);

    /// <summary>The spec of a batch/v1 Job: one pod, one try; retries are the engine's.</summary>
    public static JsonObject JobSpec(AttemptOrder order, JsonObject template, ClusterSettings cluster)
    {
        JsonObject spec = new()
        {
            ["backoffLimit"] = 0,
            ["completions"] = 1,
            ["parallelism"] = 1,
            ["podReplacementPolicy"] = "Failed", // Never two pods of one attempt at once.
            ["template"] = template,
            ["ttlSecondsAfterFinished"] = (long)cluster.KeepEnded.TotalSeconds,
        };
        if (order.Timeout is { } timeout)
            spec["activeDeadlineSeconds"] = (long)Math.Ceiling((timeout + DeadlineSlack).TotalSeconds);
        if (cluster.Admission == ClusterAdmission.Kueue)
            spec["suspend"] = true;
        return spec;
    }

    public static JsonObject Object(WorkloadKind kind, AttemptOrder order, string home, ClusterSettings cluster, JsonObject spec)
    {
        JsonObject labels = KubeNames.Labels(order, home);
        if (cluster.Admission == ClusterAdmission.Kueue)
        {
            labels["kueue.x-k8s.io/queue-name"] = Queue(order, cluster);
            labels["kueue.x-k8s.io/priority-class"] = PriorityBands.NameOf(order.Resources.Priority);
            if (order.Timeout is { } timeout)
                labels["kueue.x-k8s.io/max-exec-time-seconds"] = ((long)Math.Ceiling((timeout + DeadlineSlack).TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        return new JsonObject
        {
            ["apiVersion"] = kind.ApiVersion,
            ["kind"] = kind.Kind,
            ["metadata"] = new JsonObject { ["name"] = KubeNames.Of(order.Id), ["namespace"] = cluster.Namespace, ["labels"] = labels },
            ["spec"] = spec,
        };
    }

    /// <summary>What makes Volcano start all pods or none.</summary>
    public static IReadOnlyList<(WorkloadKind Kind, JsonObject Body)> Gang(AttemptOrder order, string home, ClusterSettings cluster, int pods, Amount whole)
    {
        if (cluster.Admission != ClusterAdmission.Volcano)
            return [];
        JsonObject spec = new() { ["minMember"] = pods, ["minResources"] = PodResources.Asked(whole, cluster), ["queue"] = Queue(order, cluster) };
        return [(WorkloadKind.PodGroup, Object(WorkloadKind.PodGroup, order, home, cluster, spec))];
    }

    public static string Queue(AttemptOrder order, ClusterSettings cluster) =>
        cluster.Queue.Replace("{group}", KubeNames.Dns((order.QuotaGroup ?? order.Group) is { Length: > 0 } group ? group : KueueExport.Undeclared), StringComparison.Ordinal);

    public static IReadOnlyList<string> UsualCommand(AttemptOrder order) =>
        order.Inputs.TryGetProperty("command", out var command) ? System.Text.Json.JsonSerializer.Deserialize<List<string>>(command)! : [];

    public static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> first, IReadOnlyDictionary<string, string> then)
    {
        Dictionary<string, string> all = new(first, StringComparer.Ordinal);
        foreach ((string name, string value) in then)
            all[name] = value;
        return all;
    }

    private static Dictionary<string, RoleDeclaration> Roles(AttemptOrder order) =>
        System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, RoleDeclaration>>(order.Inputs.GetProperty("roles"), ActivityJson.Options)!;

    private static IEnumerable<string> DefaultIfEmpty(this IList<string> words, string[] usual) => words.Count == 0 ? usual : words;
}
