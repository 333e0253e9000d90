using System.Globalization;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>How an attempt is, by what was seen of it.</summary>
internal abstract record PodVerdict
{
    private PodVerdict() { }

    /// <summary>It has not begun.</summary>
    public sealed record Waits(string Why) : PodVerdict;

    /// <summary>Its pods are not made: the events of the object may tell why.</summary>
    public sealed record HasNoPods : PodVerdict;

    public sealed record Runs(PodSeen First) : PodVerdict;

    /// <summary>It has ended by itself.</summary>
    public sealed record Ended(PodSeen Pod, ContainerEnd End) : PodVerdict;

    /// <summary>All of it has ended well, as the cluster says.</summary>
    public sealed record Succeeded : PodVerdict;

    /// <summary>The cluster ended it, or cannot begin it.</summary>
    public sealed record Failed(Failure Failure) : PodVerdict;

    /// <summary>Nothing of it is there any more.</summary>
    public sealed record Gone : PodVerdict;

    private static readonly string[] Pulls = ["ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError"];
    private static readonly string[] Starts = ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"];
    private static readonly string[] UsersFault = ["not found", "manifest unknown", "does not exist", "unauthorized", "denied", "repository name", "invalid reference"];
    private static readonly TimeSpan NoPodsPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NewsPatience = TimeSpan.FromSeconds(10);

    /// <summary>What the evidence says. Pure: the same is said again whatever order the news came in, and however often.</summary>
    /// <param name="workload">The main object; null where it is not there.</param>
    /// <param name="pods">Its pods that are there.</param>
    /// <param name="situation">What we know ourselves.</param>
    public static PodVerdict Of(WorkloadSeen? workload, IReadOnlyList<PodSeen> pods, Situation situation, ClusterSettings cluster)
    {
        // 1. What has ended tells most; of several the first that failed is the cause of the others.
        PodSeen[] failed = [.. pods.Where(p => p.End is { Code: not 0 }).OrderBy(p => p.End!.At ?? DateTimeOffset.MaxValue).ThenBy(p => p.Name, StringComparer.Ordinal)];
        if (!situation.IsGang && pods.FirstOrDefault(p => p.End is { Code: 0 }) is { } done)
            return new Ended(done, done.End!);
        bool isOver = !situation.IsGang || workload is null || workload.Find("Failed", "Complete", "Completed", "FailureTarget") is not null;
        if (isOver && pods.Select(DisruptionOf).FirstOrDefault(f => f is not null) is { } disrupted)
            return new Failed(disrupted);
        if (isOver && workload?.Find("Failed", "FailureTarget") is { Reason: "DeadlineExceeded" } late)
            return new Failed(new Failure(FailureKind.Timeout, "KUBE-012", "it ran longer than allowed, and the cluster ended it" + Said(late.Message)));
        // Admission takes back what it gave: the next attempt begins anew.
        if (workload is { Suspended: true } && (situation.HasRun || failed.Length > 0))
            return new Failed(new Failure(FailureKind.Resource, "KUBE-010", "pre-empted: the admission of the cluster suspended it while it ran"));
        if (!situation.IsGang && failed is [var killed, ..] && IsFromOutside(killed.End!) && workload is not { Deleting: true }
            && workload?.Find("Failed", "FailureTarget") is null && situation.Now - situation.WaitsSince(killed) < NewsPatience)
            return new Waits("a signal ended it; its owner is to say why");
        if (isOver && failed.Length > 0)
            return new Ended(failed[0], failed[0].End!);
        if (pods.FirstOrDefault(p => p.Phase == "Failed" && !situation.IsGang) is { } unexplained)
            return new Failed(new Failure(FailureKind.Infrastructure, "KUBE-015", $"its pod failed: {unexplained.Reason}" + Said(unexplained.Message)));
        // 2. What the main object says.
        // Pods and their owner are watched apart, and the news of one may be before the other's: what pods say is waited for.
        bool settled = situation.OverFor >= NewsPatience;
        if (workload?.Find("Complete", "Completed", "SuccessCriteriaMet") is not null && (settled || (situation.IsGang && pods.Count > 0 && pods.All(p => p.End is not null || p.Deleting))))
            return new Succeeded();
        if (workload?.Find("Complete", "Completed", "SuccessCriteriaMet", "Failed", "FailureTarget") is not null && !settled)
            return new Waits("it is over; what its pods say is awaited");
        if (workload?.Find("Failed", "FailureTarget") is { } broken)
            return new Failed(new Failure(FailureKind.Infrastructure, "KUBE-015", $"the cluster says it failed and no pod of it is left to tell why: {broken.Reason}" + Said(broken.Message)));
        if (workload is null && pods.Count == 0)
            return new Gone();
        // 3. What keeps it from beginning.
        if (pods.Select(p => StuckOf(p, situation, cluster)).FirstOrDefault(f => f is not null) is { } stuck)
            return new Failed(stuck);
        if (pods.FirstOrDefault(p => p.Runs) is { } running)
            return new Runs(running);
        if (workload is { Suspended: true })
            return new Waits("waiting for the admission of the cluster");
        if (pods.Count == 0)
            return situation.Now - situation.SubmittedAt >= NoPodsPatience ? new HasNoPods() : new Waits("its pods are not made yet");
        PodSeen first = pods[0];
        return new Waits(first.Conditions.FirstOrDefault(c => c is { Type: "PodScheduled", Holds: false }) is { } unplaced ? $"no node yet: {unplaced.Message}"
            : first.Waiting.Length > 0 ? $"{first.Waiting}: {first.WaitingMessage}".TrimEnd(':', ' ') : "its pod is being started");
    }

    /// <summary>The end of a container in the words of every executor.</summary>
    public static ExitRecord Exit(ContainerEnd end, bool stopped, long memoryLimit, DateTimeOffset now)
    {
        // A container's exit code is 128 and the signal that ended it.
        int? signal = end.Signal is > 0 ? end.Signal : end.Code is > 128 and <= 128 + 64 ? end.Code - 128 : null;
        return new ExitRecord
        {
            At = end.At ?? now,
            Code = signal is null ? end.Code : null,
            Signal = signal,
            OutOfMemory = end.Reason == "OOMKilled",
            Stopped = stopped,
            MemoryLimitBytes = memoryLimit > 0 ? memoryLimit : null,
            Limits = memoryLimit > 0 ? new LimitsApplied("kubernetes", null, null, null) : null,
            Failure = end.Reason is "StartError" or "ContainerCannotRun"
                ? new Failure(FailureKind.User, "KUBE-014", "its container could not be started" + Said(end.Message) + ". Does the image have the program that the command names?")
                : null,
        };
    }

    // SIGTERM and SIGKILL are what a cluster ends pods with; want of memory is told apart.
    private static bool IsFromOutside(ContainerEnd end) => end.Code is 143 or 137 && end.Reason != "OOMKilled";

    private static Failure? DisruptionOf(PodSeen pod)
    {
        if (pod.End is { Code: 0 })
            return null;
        Condition? target = pod.Conditions.FirstOrDefault(c => c is { Type: "DisruptionTarget", Holds: true });
        string words = Said(pod.Message.Length > 0 ? pod.Message : target?.Message ?? "") + On(pod);
        return (pod.Reason, target?.Reason) switch
        {
            ("Preempting", _) or (_, "PreemptionByScheduler" or "PreemptionByKubeScheduler") =>
                new Failure(FailureKind.Resource, "KUBE-010", "pre-empted: the cluster gave its place to a pod of higher priority" + words),
            ("NodeLost" or "NodeShutdown" or "Shutdown" or "Terminated", _) or (_, "DeletionByTaintManager" or "DeletionByPodGC" or "DeletionByNodeLifecycle") =>
                new Failure(FailureKind.Infrastructure, "KUBE-011", "its node was lost or shut down" + words),
            ("Evicted", _) or (_, "TerminationByKubelet" or "EvictionByEvictionAPI") when pod.Phase is "Failed" or "Unknown" || pod.End is not null || pod.Deleting =>
                new Failure(FailureKind.Resource, "KUBE-009", "evicted from its node" + words),
            ("DeadlineExceeded", _) => new Failure(FailureKind.Timeout, "KUBE-012", "it ran longer than allowed, and the cluster ended it" + words),
            ("OutOfcpu" or "OutOfmemory" or "OutOfpods" or "UnexpectedAdmissionError" or "NodeAffinity", _) when pod.Phase == "Failed" =>
                new Failure(FailureKind.Resource, "KUBE-009", $"its node refused it ({pod.Reason})" + words),
            _ when pod.Phase == "Unknown" => new Failure(FailureKind.Infrastructure, "KUBE-011", "its node does not answer any more" + words),
            _ => null,
        };
    }

    private static Failure? StuckOf(PodSeen pod, Situation situation, ClusterSettings cluster)
    {
        if (pod.Runs || pod.End is not null)
            return null;
        TimeSpan waited = situation.Now - (situation.WaitsSince(pod) ?? situation.Now);
        if (pod.Waiting == "InvalidImageName" || (Pulls.Contains(pod.Waiting) && waited >= cluster.PullPatience))
        {
            bool users = pod.Waiting == "InvalidImageName" || UsersFault.Any(w => pod.WaitingMessage.Contains(w, StringComparison.OrdinalIgnoreCase));
            return new Failure(users ? FailureKind.User : FailureKind.Infrastructure, "KUBE-008", $"its image cannot be pulled ({pod.Waiting})" + Said(pod.WaitingMessage));
        }
        if (Starts.Contains(pod.Waiting) && waited >= cluster.PullPatience)
            return new Failure(FailureKind.User, "KUBE-014", $"its container cannot be made ({pod.Waiting})" + Said(pod.WaitingMessage));
        return pod.Conditions.FirstOrDefault(c => c is { Type: "PodScheduled", Holds: false, Reason: "Unschedulable" }) is { } unplaced && waited >= cluster.PlacePatience
            ? new Failure(FailureKind.Resource, "KUBE-007", string.Create(CultureInfo.InvariantCulture, $"no node took it for {cluster.PlacePatience:c}") + Said(unplaced.Message))
            : null;
    }

    private static string Said(string words) => words.Length == 0 ? "" : ": " + words.TrimEnd('.');

    private static string On(PodSeen pod) => pod.Node.Length == 0 ? "" : $" (node {pod.Node})";
}

/// <summary>What the executor knows besides what the cluster tells.</summary>
/// <param name="IsGang">It has several pods.</param>
/// <param name="HasRun">A container of it was seen running.</param>
/// <param name="OverFor">How long ago the main object was first seen to be over; zero where it is not.</param>
/// <param name="WaitsSince">Since when a pod waits for what it waits for.</param>
internal sealed record Situation(DateTimeOffset Now, DateTimeOffset SubmittedAt, bool IsGang, bool HasRun, TimeSpan OverFor, Func<PodSeen, DateTimeOffset?> WaitsSince);
