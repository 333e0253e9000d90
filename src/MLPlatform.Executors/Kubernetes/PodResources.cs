using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Scheduling;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What a pod asks for, in the words of Kubernetes: requests and limits are the same, so that nobody is lent what they may lose at once.</summary>
internal static class PodResources
{
    public static JsonObject Of(Amount amount, ClusterSettings cluster)
    {
        JsonObject asked = Asked(amount, cluster);
        return asked.Count == 0 ? [] : new JsonObject { ["limits"] = asked, ["requests"] = asked.DeepClone() };
    }

    /// <exception cref="ActivityException">A part of a GPU, where the cluster shares none.</exception>
    public static JsonObject Asked(Amount amount, ClusterSettings cluster)
    {
        JsonObject asked = [];
        if (amount.MilliCpu > 0)
            asked["cpu"] = Cores(amount.MilliCpu);
        if (amount.MemoryBytes > 0)
            asked["memory"] = amount.MemoryBytes.ToString(CultureInfo.InvariantCulture);
        if (amount.MilliGpu > 0 && amount.MilliGpu % 1000 == 0)
            asked[cluster.GpuResource] = (amount.MilliGpu / 1000).ToString(CultureInfo.InvariantCulture);
        else if (amount.MilliGpu > 0)
            asked[ShareResource(amount, cluster)] = ((amount.MilliGpu * cluster.GpuShares + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        return asked;
    }

    /// <summary>Cores as Kubernetes writes them: 2, 500m.</summary>
    public static string Cores(long milli) => milli % 1000 == 0 ? (milli / 1000).ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{milli}m");

    private static string ShareResource(Amount amount, ClusterSettings cluster) => cluster.GpuShareResource
        ?? throw new ActivityException("KUBE-020", string.Create(CultureInfo.InvariantCulture,
            $"It asks for {amount.MilliGpu / 1000.0} GPUs, and this cluster gives whole ones only. Ask for whole GPUs, or let the operator set GpuShareResource of the cluster."));
}
