using System.Globalization;
using System.Text.Json.Nodes;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What controllers of a cluster do with what they see.</summary>
internal static class FakeControllers
{
    private const string Namespace = FakeCluster.Namespace;

    public static void Job(FakeCluster cluster, JsonObject job)
    {
        ObjectStore store = cluster.Store;
        string name = Name(job), uid = (string)job["metadata"]!["uid"]!;
        JsonObject spec = job["spec"]!.AsObject();
        JsonObject[] pods = Owned(store, FakeCluster.Pods, uid);
        if (job["metadata"]!["deletionTimestamp"] is not null || Has(job, "Complete") || Has(job, "Failed"))
            return;
        if (spec["suspend"] is JsonValue s && s.GetValue<bool>())
        {
            foreach (JsonObject pod in pods.Where(p => p["metadata"]!["deletionTimestamp"] is null))
                cluster.Server.Deleting!(FakeCluster.Pods, pod, null, 1);
            return;
        }
        int completions = (int?)spec["completions"] ?? 1, backoff = (int?)spec["backoffLimit"] ?? 6;
        bool indexed = (string?)spec["completionMode"] == "Indexed";
        int failed = pods.Count(p => Phase(p) == "Failed") + ((int?)job["status"]?["uncountedFailures"] ?? 0), done = pods.Count(p => Phase(p) == "Succeeded");
        if (done >= completions)
        {
            Condition(store, FakeCluster.Jobs, name, "Complete", "CompletionsReached", "Reached expected number of succeeded pods");
            return;
        }
        if (failed > backoff || (pods.Length == 0 && job["status"]?["made"] is not null))
        {
            Condition(store, FakeCluster.Jobs, name, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
            return;
        }
        if (job["status"]?["made"] is not null)
            return;
        if (cluster.PodQuota is { } quota)
        {
            if (job["status"]?["told"] is null)
            {
                store.Change(FakeCluster.Jobs, Namespace, name, j => j["status"] = new JsonObject { ["told"] = true });
                cluster.Event(name, "FailedCreate", $"Error creating: pods \"{name}-x\" is forbidden: {quota}");
            }
            return;
        }
        store.Change(FakeCluster.Jobs, Namespace, name, j => j["status"] = new JsonObject { ["made"] = true, ["startTime"] = ObjectStore.Time(TimeProvider.System.GetUtcNow()) });
        for (int i = 0; i < completions; i++)
        {
            JsonObject template = spec["template"]!.DeepClone().AsObject();
            JsonObject metadata = (template["metadata"] ??= new JsonObject()).AsObject();
            metadata["name"] = indexed ? string.Create(CultureInfo.InvariantCulture, $"{name}-{i}-abcde") : name + "-abcde";
            metadata["namespace"] = Namespace;
            metadata["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "Job", ["name"] = name, ["uid"] = uid, ["controller"] = true });
            JsonObject labels = (metadata["labels"] ??= new JsonObject()).AsObject();
            labels["batch.kubernetes.io/job-name"] = name;
            if (indexed)
            {
                labels["batch.kubernetes.io/job-completion-index"] = i.ToString(CultureInfo.InvariantCulture);
                (metadata["annotations"] ??= new JsonObject())["batch.kubernetes.io/job-completion-index"] = i.ToString(CultureInfo.InvariantCulture);
            }
            JsonObject pod = new() { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata.DeepClone(), ["spec"] = template["spec"]!.DeepClone() };
            foreach (string wrong in Manifests.Problems(pod))
                cluster.Server.Refused.Enqueue(wrong);
            pod["status"] = new JsonObject { ["phase"] = "Pending" };
            store.TryAdd(FakeCluster.Pods, pod);
        }
    }

    public static void JobSet(ObjectStore store, JsonObject set)
    {
        string name = Name(set), uid = (string)set["metadata"]!["uid"]!;
        if (set["metadata"]!["deletionTimestamp"] is not null || Has(set, "Completed") || Has(set, "Failed") || (set["spec"]!["suspend"] is JsonValue s && s.GetValue<bool>()))
            return;
        JsonObject[] jobs = Owned(store, FakeCluster.Jobs, uid);
        foreach (JsonNode? role in set["spec"]!["replicatedJobs"]!.AsArray())
        {
            string job = $"{name}-{role!["name"]}-0";
            if (jobs.Any(j => Name(j) == job))
                continue;
            JsonObject made = new()
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["metadata"] = new JsonObject
                {
                    ["name"] = job,
                    ["namespace"] = Namespace,
                    ["labels"] = new JsonObject { ["jobset.sigs.k8s.io/jobset-name"] = name, ["jobset.sigs.k8s.io/replicatedjob-name"] = (string)role["name"]! },
                    ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "jobset.x-k8s.io/v1alpha2", ["kind"] = "JobSet", ["name"] = name, ["uid"] = uid, ["controller"] = true }),
                },
                ["spec"] = role["template"]!["spec"]!.DeepClone(),
            };
            store.TryAdd(FakeCluster.Jobs, made);
        }
        if (jobs.Any(j => Has(j, "Failed")))
        {
            foreach (JsonObject job in jobs.Where(j => !Has(j, "Failed") && !Has(j, "Complete")))
                store.Change(FakeCluster.Jobs, Namespace, Name(job), j => j["metadata"]!["deletionTimestamp"] = ObjectStore.Time(TimeProvider.System.GetUtcNow()));
            Condition(store, FakeCluster.JobSets, name, "Failed", "FailedJobs", "jobset failed due to one or more job failures");
            return;
        }
        HashSet<string> needed = [.. set["spec"]!["successPolicy"]!["targetReplicatedJobs"]!.AsArray().Select(r => $"{name}-{r}-0")];
        if (needed.Count > 0 && needed.All(n => jobs.Any(j => Name(j) == n && Has(j, "Complete"))))
            Condition(store, FakeCluster.JobSets, name, "Completed", "AllJobsCompleted", "jobset completed successfully");
    }

    /// <summary>The garbage collector: what is to go goes once nothing of it is left, and what it owns goes before.</summary>
    public static void Collect(FakeCluster cluster)
    {
        ObjectStore store = cluster.Store;
        foreach (KubeResource resource in (KubeResource[])[FakeCluster.JobSets, FakeCluster.Jobs])
        {
            foreach (JsonObject o in store.List(resource, Namespace).Items.Where(o => o["metadata"]!["deletionTimestamp"] is not null))
            {
                string uid = (string)o["metadata"]!["uid"]!;
                JsonObject[] jobs = Owned(store, FakeCluster.Jobs, uid), pods = Owned(store, FakeCluster.Pods, uid);
                foreach (JsonObject job in jobs)
                    store.Change(FakeCluster.Jobs, Namespace, Name(job), j => j["metadata"]!["deletionTimestamp"] ??= ObjectStore.Time(TimeProvider.System.GetUtcNow()));
                foreach (JsonObject pod in pods.Where(p => p["metadata"]!["deletionTimestamp"] is null))
                    cluster.Server.Deleting!(FakeCluster.Pods, pod, null, null);
                if (jobs.Length + pods.Length == 0)
                    store.Remove(resource, Namespace, Name(o));
            }
        }
    }

    public static void Condition(ObjectStore store, KubeResource resource, string name, string type, string reason, string message) => store.Change(resource, Namespace, name, o =>
    {
        JsonObject status = (o["status"] ??= new JsonObject()).AsObject();
        JsonArray conditions = (status["conditions"] ??= new JsonArray()).AsArray();
        conditions.Add(new JsonObject { ["type"] = type, ["status"] = "True", ["reason"] = reason, ["message"] = message, ["lastTransitionTime"] = ObjectStore.Time(TimeProvider.System.GetUtcNow()) });
    });

    private static JsonObject[] Owned(ObjectStore store, KubeResource resource, string uid) =>
        [.. store.List(resource, Namespace).Items.Where(o => o["metadata"]!["ownerReferences"]?.AsArray().Any(r => (string?)r!["uid"] == uid) == true)];

    private static bool Has(JsonObject o, string type) => o["status"]?["conditions"]?.AsArray().Any(c => (string?)c!["type"] == type && (string?)c["status"] == "True") == true;

    private static string Name(JsonObject o) => (string)o["metadata"]!["name"]!;

    private static string? Phase(JsonObject pod) => (string?)pod["status"]?["phase"];
}
