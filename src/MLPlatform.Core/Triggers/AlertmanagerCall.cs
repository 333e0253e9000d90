using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MLPlatform.Core.Triggers;

/// <summary>What Prometheus Alertmanager posts to a webhook: version 4 of its payload.</summary>
/// <param name="Firing">Whether it tells that something fires; that it is over starts no run.</param>
/// <param name="Key">The same group with the same alerts firing has the same key, so that what Alertmanager repeats starts one run.</param>
public sealed record AlertmanagerCall(bool Firing, string Key)
{
    /// <summary>Null where the body is something else.</summary>
    public static AlertmanagerCall? Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || Text(body, "version") != "4" || Text(body, "groupKey") is not { } group || Text(body, "status") is not { } status
            || !body.TryGetProperty("alerts", out JsonElement alerts) || alerts.ValueKind != JsonValueKind.Array)
            return null;
        List<string> firing = [.. alerts.EnumerateArray().Where(a => a.ValueKind == JsonValueKind.Object && Text(a, "status") == "firing")
            .Select(a => $"{Text(a, "fingerprint")}@{Text(a, "startsAt")}").Order(StringComparer.Ordinal)];
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{group}\n{string.Join('\n', firing)}"));
        return new AlertmanagerCall(status == "firing" && firing.Count > 0, "alertmanager-" + Convert.ToHexStringLower(hash.AsSpan(0, 16)));
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
