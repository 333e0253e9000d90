using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>The code of a job.</summary>
/// <param name="Location">Where it is from; null where it is in no repository.</param>
/// <param name="Language">The language of <paramref name="Text"/>: json for pipelines, sql for queries.</param>
/// <param name="Text">The code as it was declared; null where it is not at hand.</param>
public sealed record JobCode(CodeLocation? Location, string? Language, string? Text)
{
    public static JobCode None { get; } = new(null, null, null);

    /// <summary>An address of the code for browsers, as far as one can be made of the repository's.</summary>
    public string Web
    {
        get
        {
            string repository = Location?.Url ?? "";
            // git@host:owner/name.git is how people clone what browsers find at https://host/owner/name.
            if (!repository.Contains("://", StringComparison.Ordinal) && repository.Split(':', 2) is [var host, var path] && host.Contains('@', StringComparison.Ordinal))
                repository = $"https://{host[(host.IndexOf('@', StringComparison.Ordinal) + 1)..]}/{path.TrimStart('/')}";
            if (repository.EndsWith(".git", StringComparison.Ordinal))
                repository = repository[..^4];
            string place = string.Join('/', (Location?.Path ?? "").Split('/').Select(Uri.EscapeDataString));
            return repository.StartsWith("http", StringComparison.Ordinal) ? $"{repository.TrimEnd('/')}/blob/{Location!.Commit}/{place}"
                : $"urn:git:{Location?.Commit}:{(place.Length == 0 ? "." : place)}";
        }
    }
}
