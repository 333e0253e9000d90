using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Describe;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Access;

/// <summary>Secrets by name. Nothing ever tells a value.</summary>
internal static class SecretEndpoints
{
    public static void MapSecrets(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/secrets", ListSecrets).WithName(nameof(ListSecrets)).WithTags("Access").RequireAuthorization(Permissions.Administer)
            .WithSummary("The names of the secrets that the server has or that something names, and who uses each; never a value.");

    private static async Task<Ok<List<SecretView>>> ListSecrets(
        IConfiguration configuration, IPipelineStore pipelines, PipelineRepository git, CancellationToken cancel)
    {
        SortedDictionary<string, List<SecretUse>> found = new(StringComparer.OrdinalIgnoreCase); // as configuration compares names
        foreach (IConfigurationSection secret in configuration.GetSection("Secrets").GetChildren())
            found[secret.Key] = [];
        if (git.Options.Secret is { Length: > 0 } webhook)
            Uses(webhook).Add(new SecretUse(null, null));
        foreach (PipelineRevision revision in await pipelines.ListAsync(cancel))
        {
            foreach ((string name, int trigger) in NamesIn(RawJson.Read(revision.FileJson.TrimStart('\uFEFF'))))
                Uses(name).Add(new SecretUse(revision.Pipeline, $"webhook {trigger}"));
        }
        return TypedResults.Ok(found.Select(s => new SecretView(s.Key, configuration["Secrets:" + s.Key] is { Length: > 0 }, s.Value)).ToList());

        List<SecretUse> Uses(string name) => found.TryGetValue(name, out List<SecretUse>? uses) ? uses : found[name] = [];
    }

    // By the file as it stands: triggers are numbered from 1 as people count them.
    private static IEnumerable<(string Name, int Trigger)> NamesIn(JsonElement? file)
    {
        if (file is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty("schedule", out JsonElement schedule) || schedule.ValueKind != JsonValueKind.Object
            || !schedule.TryGetProperty("triggers", out JsonElement triggers) || triggers.ValueKind != JsonValueKind.Array)
            yield break;
        int number = 0;
        foreach (JsonElement trigger in triggers.EnumerateArray())
        {
            number++;
            if (trigger.ValueKind == JsonValueKind.Object && trigger.TryGetProperty("secretRef", out JsonElement name) && name.ValueKind == JsonValueKind.String)
                yield return (name.GetString()!, number);
        }
    }
}

/// <summary>A secret, by name.</summary>
/// <param name="IsSet">Whether the server has a value for it.</param>
/// <param name="UsedBy">What names it.</param>
public sealed record SecretView(string Name, bool IsSet, IReadOnlyList<SecretUse> UsedBy);

/// <summary>Something that names a secret.</summary>
/// <param name="Pipeline">Absent where it is the webhook of the git host.</param>
/// <param name="Trigger">The trigger of the pipeline.</param>
public sealed record SecretUse(string? Pipeline, string? Trigger);
