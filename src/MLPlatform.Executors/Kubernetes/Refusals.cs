using System.Net;
using System.Text.Json;
using k8s.Autorest;
using MLPlatform.Core.Runs;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What the refusals of an API server mean.</summary>
internal static class Refusals
{
    /// <summary>Null where the object is there already, which is as good as made; infrastructure without a code of ours is thrown.</summary>
    public static Failure? Of(HttpOperationException e, string kind)
    {
        string said = Message(e.Response.Content);
        return e.Response.StatusCode switch
        {
            HttpStatusCode.Conflict => null,
            HttpStatusCode.Unauthorized => new Failure(FailureKind.Infrastructure, "KUBE-002", $"the cluster does not know us: {said}"),
            HttpStatusCode.Forbidden when IsQuota(said) => Quota(said),
            HttpStatusCode.Forbidden => new Failure(FailureKind.Infrastructure, "KUBE-003", $"the cluster does not let us make a {kind}: {said}"),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => new Failure(FailureKind.User, "KUBE-004", $"the cluster refuses its {kind}: {said}"),
            HttpStatusCode.NotFound => new Failure(FailureKind.Infrastructure, "KUBE-006", $"the cluster has no place for a {kind}: {said}"),
            _ => throw e,
        };
    }

    public static bool IsQuota(string said) => said.Contains("exceeded quota", StringComparison.OrdinalIgnoreCase);

    public static Failure Quota(string said) => new(FailureKind.Resource, "KUBE-005", $"the quota of the cluster's namespace is used up: {said}");

    // A Status object, or whatever a proxy in between says.
    private static string Message(string? content)
    {
        try
        {
            if (content is { Length: > 0 } && JsonSerializer.Deserialize<JsonElement>(content) is { ValueKind: JsonValueKind.Object } status
                && status.TryGetProperty("message", out JsonElement message) && message.GetString() is { } words)
                return words;
        }
        catch (JsonException)
        {
            return Shorten(content!);
        }
        return Shorten(content ?? "");
    }

    private static string Shorten(string text) => text.Length <= 300 ? text : text[..300] + "…";
}
