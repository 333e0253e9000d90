using System.Globalization;
using System.Text.Json;
using k8s.Models;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What an object looked like when it was last told of.</summary>
internal interface ISeen
{
    string Name { get; }
    string Attempt { get; }
    string Version { get; }
}

internal sealed record Condition(string Type, bool Holds, string Reason, string Message, DateTimeOffset? Since);

/// <summary>A Job, JobSet or TrainJob.</summary>
internal sealed record WorkloadSeen(
    string Name, string Attempt, string Version, string Uid, bool Suspended, bool Deleting, IReadOnlyList<Condition> Conditions) : ISeen
{
    public static WorkloadSeen Of(JsonElement o)
    {
        JsonElement metadata = o.GetProperty("metadata");
        List<Condition> conditions = [];
        if (o.TryGetProperty("status", out JsonElement status) && status.TryGetProperty("conditions", out JsonElement all) && all.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement c in all.EnumerateArray())
                conditions.Add(new Condition(Text(c, "type"), Text(c, "status") == "True", Text(c, "reason"), Text(c, "message"), Time(Text(c, "lastTransitionTime"))));
        }
        bool suspended = o.TryGetProperty("spec", out JsonElement spec) && spec.TryGetProperty("suspend", out JsonElement s) && s.ValueKind == JsonValueKind.True;
        string attempt = metadata.TryGetProperty("labels", out JsonElement labels) ? Text(labels, KubeNames.Attempt) : "";
        return new WorkloadSeen(
            Text(metadata, "name"), attempt, Text(metadata, "resourceVersion"), Text(metadata, "uid"), suspended, metadata.TryGetProperty("deletionTimestamp", out _), conditions);
    }

    public Condition? Find(params ReadOnlySpan<string> types)
    {
        foreach (Condition c in Conditions)
        {
            if (c.Holds && types.Contains(c.Type))
                return c;
        }
        return null;
    }

    private static string Text(JsonElement o, string name) =>
        o.ValueKind == JsonValueKind.Object && o.TryGetProperty(name, out JsonElement v) && v.ValueKind == JsonValueKind.String ? v.GetString()! : "";

    private static DateTimeOffset? Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : null;
}

/// <summary>How a container ended.</summary>
internal sealed record ContainerEnd(int Code, int? Signal, string Reason, string Message, DateTimeOffset? StartedAt, DateTimeOffset? At);

/// <summary>A pod, as far as an attempt goes.</summary>
/// <param name="Process">The process of a distributed training that it is, such as <c>worker-1</c>; empty where it is the whole attempt.</param>
/// <param name="Waiting">Why its container does not run yet; empty where nothing is said.</param>
/// <param name="RunsSince">Null while its container does not run.</param>
internal sealed record PodSeen(
    string Name, string Attempt, string Version, string Process, string Phase, string Reason, string Message, string Node, string Container, DateTimeOffset? CreatedAt, bool Deleting,
    IReadOnlyList<Condition> Conditions, string Waiting, string WaitingMessage, DateTimeOffset? RunsSince, ContainerEnd? End) : ISeen
{
    public bool Runs => RunsSince is not null;

    public static PodSeen Of(V1Pod pod)
    {
        IDictionary<string, string> labels = pod.Metadata.Labels ?? new Dictionary<string, string>();
        V1ContainerStatus? status = pod.Status?.ContainerStatuses?.FirstOrDefault(c => c.Name is KubeNames.Container or KubeNames.TrainerContainer);
        V1ContainerStateTerminated? end = status?.State?.Terminated;
        string process = labels.TryGetValue(KubeNames.Role, out string? role) ? role : labels.TryGetValue("jobset.sigs.k8s.io/replicatedjob-name", out string? job) ? job : "";
        if (process.Length > 0 && labels.TryGetValue("batch.kubernetes.io/job-completion-index", out string? index))
            process += "-" + index;
        return new PodSeen(
            pod.Metadata.Name, labels.TryGetValue(KubeNames.Attempt, out string? attempt) ? attempt : "", pod.Metadata.ResourceVersion ?? "", process,
            pod.Status?.Phase ?? "Pending", pod.Status?.Reason ?? "", pod.Status?.Message ?? "", pod.Spec?.NodeName ?? "", status?.Name ?? KubeNames.Container,
            Time(pod.Metadata.CreationTimestamp), pod.Metadata.DeletionTimestamp is not null,
            [.. (pod.Status?.Conditions ?? []).Select(c => new Condition(c.Type, c.Status == "True", c.Reason ?? "", c.Message ?? "", Time(c.LastTransitionTime)))],
            status?.State?.Waiting?.Reason ?? "", status?.State?.Waiting?.Message ?? "", status?.State?.Running is { } running ? Time(running.StartedAt) ?? Time(pod.Metadata.CreationTimestamp) ?? DateTimeOffset.MinValue : null,
            end is null ? null : new ContainerEnd(end.ExitCode, end.Signal, end.Reason ?? "", end.Message ?? "", Time(end.StartedAt), Time(end.FinishedAt)));
    }

    private static DateTimeOffset? Time(DateTime? time) => time is { } t ? new DateTimeOffset(t.ToUniversalTime(), TimeSpan.Zero) : null;
}
