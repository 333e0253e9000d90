using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// A distributed training as a JobSet: each role is one indexed Job, whose pods find each other by the names that the JobSet gives
/// them. Ranks and addresses are those of <see cref="RoleLayout"/>, in the same variables.
/// </summary>
internal static class JobSetManifest
{
    private const int Port = 29501;
    private const int MeetingPort = 29500;
    private const string Index = "MLP_ROLE_INDEX";

    public static Workload Of(
        AttemptOrder order, IReadOnlyDictionary<string, RoleDeclaration> roles, string home, ClusterSettings cluster, IReadOnlyDictionary<string, string> selector)
    {
        string set = KubeNames.Of(order.Id), folder = AttemptFiles.Folder(home, order.Id);
        List<RoleProcess> processes = [.. RoleLayout.Of(roles, (role, index) => (Host(set, role, index), Port), (Host(set, RoleLayout.First(roles), 0), MeetingPort))];
        JsonArray jobs = [];
        Amount whole = Amount.Zero;
        foreach ((string role, RoleDeclaration declaration) in RoleLayout.Ordered(roles))
        {
            Check(role, declaration, set);
            List<RoleProcess> own = [.. processes.Where(p => p.Role == role)];
            Amount ask = AskOf(declaration);
            whole += ask * declaration.Count;
            PodWork work = new(
                AttemptManifest.Image(order, cluster), Command(declaration.Command ?? AttemptManifest.UsualCommand(order), own),
                AttemptManifest.WorkingFolder(order.Command!, folder), Environment(order, folder, home, cluster, own), ask, NeedsStore: false);
            JsonObject template = PodManifest.Template(order, work, home, cluster, selector, processes.Count);
            template["metadata"]!["labels"]![KubeNames.Role] = KubeNames.Label(role);
            JsonObject job = AttemptManifest.JobSpec(order, template, cluster);
            job.Remove("ttlSecondsAfterFinished"); // The set's own; and it suspends its Jobs itself.
            job.Remove("suspend");
            job["completionMode"] = "Indexed";
            (job["completions"], job["parallelism"]) = (declaration.Count, declaration.Count);
            if (declaration.Failure == RoleFailure.Restart)
                job["backoffLimit"] = declaration.Restarts * declaration.Count;
            jobs.Add(new JsonObject { ["name"] = KubeNames.Dns(role), ["replicas"] = 1, ["template"] = new JsonObject { ["spec"] = job } });
        }
        JsonObject spec = new()
        {
            ["failurePolicy"] = new JsonObject { ["maxRestarts"] = 0 },
            ["network"] = new JsonObject { ["enableDNSHostnames"] = true, ["publishNotReadyAddresses"] = true, ["subdomain"] = set },
            ["replicatedJobs"] = jobs,
            ["successPolicy"] = Success(roles),
            ["ttlSecondsAfterFinished"] = (long)cluster.KeepEnded.TotalSeconds,
        };
        if (cluster.Admission == ClusterAdmission.Kueue)
            spec["suspend"] = true;
        return new Workload(
            WorkloadKind.JobSet, AttemptManifest.Object(WorkloadKind.JobSet, order, home, cluster, spec), AttemptManifest.Gang(order, home, cluster, processes.Count, whole));
    }

    /// <summary>What each process of a role asks for.</summary>
    public static Amount AskOf(RoleDeclaration role) => new(
        (long)Math.Ceiling((role.Cpu?.Value ?? 1) * 1000), (long)Math.Ceiling(role.Memory?.Value ?? 0), (long)Math.Ceiling((role.Gpu?.Value ?? 0) * 1000));

    // SET-ROLE-JOB-POD.SUBDOMAIN: the JobSet makes the headless service that answers for it.
    private static string Host(string set, string role, int index) => string.Create(CultureInfo.InvariantCulture, $"{set}-{KubeNames.Dns(role)}-0-{index}.{set}");

    /// <summary>What differs from pod to pod is worked out from its index: by the variable where that is all, else by a line of shell.</summary>
    private static IReadOnlyList<string> Command(IReadOnlyList<string> command, List<RoleProcess> processes) =>
        processes is [{ Rank: > 0 and int first }, _, ..]
            ? ["sh", "-c", string.Create(CultureInfo.InvariantCulture, $"export RANK=$(({first} + {Index})); exec \"$@\""), "sh", .. command]
            : command;

    private static JsonArray Environment(AttemptOrder order, string folder, string home, ClusterSettings cluster, List<RoleProcess> processes)
    {
        Dictionary<string, string> told = processes[0].Environment.ToDictionary(v => v.Key, v => PodEnvironment.Literal(v.Value), StringComparer.Ordinal);
        if (processes.Count > 1)
        {
            told.Remove(Index);
            told["TF_CONFIG"] = told["TF_CONFIG"].Replace("\"index\":0", $"\"index\":$({Index})", StringComparison.Ordinal);
            if (processes[0].Rank == 0)
                told["RANK"] = $"$({Index})";
            else
                told.Remove("RANK");
        }
        JsonArray all = PodEnvironment.Of(order, folder, home, cluster, told);
        if (processes.Count > 1)
        {
            all.Insert(0, new JsonObject
            {
                ["name"] = Index,
                ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = "metadata.annotations['batch.kubernetes.io/job-completion-index']" } },
            });
        }
        return all;
    }

    private static JsonObject Success(IReadOnlyDictionary<string, RoleDeclaration> roles)
    {
        string[] all = [.. Needed(RoleSuccess.All)], any = [.. Needed(RoleSuccess.Any)];
        if (all.Length > 0 && any.Length > 0)
            throw new ActivityException("KUBE-021", "Some roles must succeed wholly and of others one is enough. A JobSet has one rule for all: give the roles the same success, or none.");
        return new JsonObject { ["operator"] = any.Length > 0 ? "Any" : "All", ["targetReplicatedJobs"] = PodManifest.Words((any.Length > 0 ? any : all).Select(KubeNames.Dns)) };

        IEnumerable<string> Needed(RoleSuccess what) => RoleLayout.Ordered(roles).Where(r => RoleLayout.SuccessOf(r.Key, r.Value) == what).Select(r => r.Key);
    }

    private static void Check(string role, RoleDeclaration declaration, string set)
    {
        if (declaration.Failure == RoleFailure.Ignore)
            throw new ActivityException("KUBE-021", $"The role {role} ignores failures, which a JobSet cannot do. Let it stop or restart, or run it in a pool of one machine.");
        if (RoleLayout.SuccessOf(role, declaration) == RoleSuccess.Any && declaration.Count > 1)
            throw new ActivityException("KUBE-021", $"One of the {declaration.Count} processes of {role} is enough, which a JobSet cannot say of pods of one role. Give each its own role, or let all succeed.");
        if (Host(set, role, declaration.Count - 1).IndexOf('.') > 63)
            throw new ActivityException("KUBE-021", $"The role's name '{role}' is too long for the names of its pods (63 characters with the attempt's). Shorten it.");
    }
}
