using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// The variables of a pod: what the script declared, and the attempt's own over it. Nothing of the server's environment. What is
/// secret stands there by reference only.
/// </summary>
internal static class PodEnvironment
{
    public const string Token = "MLFLOW_TRACKING_TOKEN";
    private const string TrackingUri = "MLFLOW_TRACKING_URI";
    private const string Reference = "secret:";

    public static JsonArray Of(AttemptOrder order, string folder, string home, ClusterSettings cluster, IReadOnlyDictionary<string, string>? more = null)
    {
        SortedDictionary<string, string> values = new(StringComparer.Ordinal);
        foreach ((string name, string value) in order.Command?.Environment ?? new Dictionary<string, string>())
            values[name] = Literal(value);
        SortedDictionary<string, (string Secret, string Key)> secrets = new(StringComparer.Ordinal);
        foreach ((string name, string value) in cluster.Secrets)
            secrets[name] = Parse(value);
        bool tracks = cluster.TrackingUri is not null && !values.ContainsKey(TrackingUri);
        foreach ((string name, string value) in AttemptEnvironment.Attempt(order, folder, new ProcessExecutorOptions(), null))
            values[name] = value;
        if (tracks)
        {
            values[TrackingUri] = cluster.TrackingUri!;
            values["MLFLOW_EXPERIMENT_NAME"] = order.Pipeline;
            values["MLFLOW_RUN_ID"] = order.Id.ToString();
            secrets[Token] = (KubeNames.Of(order.Id), Token);
        }
        if (order.KeepsCheckpoints)
            values["MLP_CHECKPOINT_DIR"] = AttemptFiles.Checkpoints(home, order.Id);
        foreach ((string name, string value) in more ?? new Dictionary<string, string>())
            values[name] = value;
        JsonArray all = [];
        // A variable may refer to those before it; what is told from the pod itself comes first.
        foreach ((string name, string value) in values.OrderBy(v => v.Value.Contains("$(", StringComparison.Ordinal)))
        {
            if (value.StartsWith(Reference, StringComparison.Ordinal))
                secrets[name] = Parse(value[Reference.Length..]);
            else
                all.Add(new JsonObject { ["name"] = name, ["value"] = value });
        }
        foreach ((string name, (string secret, string key)) in secrets)
            all.Add(new JsonObject { ["name"] = name, ["valueFrom"] = new JsonObject { ["secretKeyRef"] = new JsonObject { ["key"] = key, ["name"] = secret } } });
        return all;
    }

    /// <summary>A text as it is: Kubernetes reads <c>$(NAME)</c> in commands and variables as a reference.</summary>
    public static string Literal(string text) => text.Replace("$(", "$$(", StringComparison.Ordinal);

    /// <summary>Whether the attempt gets a token to track with.</summary>
    public static bool Tracks(AttemptOrder order, ClusterSettings cluster) =>
        cluster.TrackingUri is not null && order.Command?.Environment.ContainsKey(TrackingUri) != true;

    private static (string Secret, string Key) Parse(string reference)
    {
        int slash = reference.IndexOf('/');
        return slash < 0 ? (reference, "value") : (reference[..slash], reference[(slash + 1)..]);
    }
}
