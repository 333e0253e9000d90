using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas.Clusters;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>Names and labels of what is made on clusters. Pure, and the same each time.</summary>
internal static class KubeNames
{
    public const string Manager = "mlplatform";
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string Home = "mlplatform.io/home";
    public const string Attempt = "mlplatform.io/attempt";
    public const string Role = "mlplatform.io/role";

    /// <summary>The container that runs the attempt. Kubeflow's runtimes name theirs <c>node</c>.</summary>
    public const string Container = "main";
    public const string TrainerContainer = "node";

    private const int LongestLabel = 63;

    /// <summary>The name of an attempt's object: 63 characters hold it with the suffixes of its pods.</summary>
    public static string Of(AttemptId attempt) => "mlp-" + attempt;

    /// <summary>Tells the homes of one namespace apart.</summary>
    public static string HomeLabel(string home) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(home))))[..12];

    /// <summary>All objects of one home.</summary>
    public static string Selector(string home) => $"{ManagedBy}={Manager},{Home}={HomeLabel(home)}";

    public static JsonObject Labels(AttemptOrder order, string home)
    {
        JsonObject labels = new()
        {
            [ManagedBy] = Manager,
            [Attempt] = order.Id.ToString(),
            ["mlplatform.io/activity"] = Label(order.Activity),
            [Home] = HomeLabel(home),
            ["mlplatform.io/pipeline"] = Label(order.Pipeline),
            ["mlplatform.io/run"] = order.Id.Run.ToString(),
        };
        if (order.Group is { Length: > 0 } group)
            labels["mlplatform.io/group"] = Label(group);
        if (order.Owner is { Length: > 0 } owner)
            labels["mlplatform.io/owner"] = Label(owner);
        return labels;
    }

    /// <summary>A label's value that says nearly the same: letters, digits and . _ -, at most 63, beginning and ending with a letter or digit.</summary>
    public static string Label(string text) => Shorten(new string([.. text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_')]).Trim('.', '_', '-'), text);

    /// <summary>A name that says nearly the same: lower case letters, digits and -, at most 63 (RFC 1123).</summary>
    public static string Dns(string text) => ClusterNames.Dns(text);

    /// <summary>Whether it may be the name of an object as it is.</summary>
    public static bool IsDns(string text) =>
        text.Length is > 0 and <= LongestLabel && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && text[0] != '-' && text[^1] != '-';

    // What was changed or cut is told apart by a hash of what it was.
    private static string Shorten(string safe, string original)
    {
        if (safe.Length is > 0 and <= LongestLabel && string.Equals(safe, original, StringComparison.OrdinalIgnoreCase))
            return safe;
        string mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(original)))[..6];
        string head = safe[..Math.Min(safe.Length, LongestLabel - mark.Length - 1)].TrimEnd('-', '_', '.');
        return head.Length == 0 ? "x" + mark : string.Create(CultureInfo.InvariantCulture, $"{head}-{mark}");
    }
}
