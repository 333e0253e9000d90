using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using MLPlatform.Activities.Datasets;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Artifacts;

/// <summary>Artifacts and their files. What attempts wrote is not trusted: a browser shows it in a sandbox, without scripts.</summary>
internal static class ArtifactEndpoints
{
    public static void MapArtifacts(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder artifacts = app.MapGroup("/api/v1/artifacts").WithTags("Artifacts").RequireAuthorization(Permissions.View).ProducesProblem(404);
        artifacts.MapGet("/{hash}", GetArtifact).WithName(nameof(GetArtifact)).WithSummary("The files of an artifact.");
        artifacts.MapGet("/{hash}/table", ProfileTable).WithName(nameof(ProfileTable)).WithSummary("A table that is an artifact: rows, columns in figures, and the first rows.").ProducesProblem(400);
        artifacts.MapGet("/{hash}/files/{**path}", GetFile).WithName("GetArtifactFile").WithSummary("One file of an artifact.")
            .Produces<byte[]>(200, "application/octet-stream");
    }

    private static async Task<Results<Ok<ArtifactView>, ProblemHttpResult>> GetArtifact(string hash, IArtifactStore store, CancellationToken cancel) =>
        await FindAsync(hash, store, cancel) is { } manifest
            ? TypedResults.Ok(new ArtifactView(hash, manifest.Files.Sum(f => f.Bytes), manifest.Files))
            : NoArtifact(hash);

    /// <param name="rows">How many of the first rows to give. Default: 50.</param>
    private static async Task<Results<Ok<TableProfile>, ProblemHttpResult>> ProfileTable(string hash, IArtifactStore store, TableReader tables, CancellationToken cancel, int rows = 50)
    {
        if (rows is < 1 or > 1000)
            return Problem.BadRequest("rows must lie between 1 and 1000.");
        if (await FindAsync(hash, store, cancel) is not { } manifest)
            return NoArtifact(hash);
        try
        {
            return TypedResults.Ok(await tables.ProfileAsync(new ArtifactRef(hash, "artifact", manifest.Files.Sum(f => f.Bytes)), rows, cancel));
        }
        catch (ActivityException e) when (e.Kind == FailureKind.User)
        {
            return Problem.Of(400, e.Code, e.Message);
        }
    }

    private static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> GetFile(
        string hash, string? path, IArtifactStore store, HttpResponse response, CancellationToken cancel)
    {
        if (await FindAsync(hash, store, cancel) is not { } manifest)
            return NoArtifact(hash);

        // Only names that the manifest lists are ever opened, and blobs are found by hash, so no path leaves the store.
        if (manifest.Files.FirstOrDefault(f => f.Path == path) is not { } file)
            return Problem.NotFound($"file '{path}' in the artifact {hash}", $"/api/v1/artifacts/{hash} lists its files.");
        string local = await store.FetchAsync(file, cancel);
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
        response.Headers.CacheControl = "private, max-age=31536000, immutable";
        if (!ContentTypes.IsShown(file.Path))
            response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileNameStar = Path.GetFileName(file.Path) }.ToString();
        return TypedResults.PhysicalFile(local, ContentTypes.Of(file.Path), entityTag: new EntityTagHeaderValue($"\"{file.Hash}\""), enableRangeProcessing: true);
    }

    private static async Task<ArtifactManifest?> FindAsync(string hash, IArtifactStore store, CancellationToken cancel) =>
        IsHash(hash) ? await store.FindAsync(hash, cancel) : null;

    private static readonly System.Buffers.SearchValues<char> Hexadecimal = System.Buffers.SearchValues.Create("0123456789abcdef");

    private static bool IsHash(string hash) =>
        hash.Length == 71 && hash.StartsWith("sha256:", StringComparison.Ordinal) && hash.AsSpan(7).IndexOfAnyExcept(Hexadecimal) < 0;

    private static ProblemHttpResult NoArtifact(string hash) =>
        Problem.NotFound($"artifact {hash}", "A hash is 'sha256:' and 64 hexadecimal digits; runs and models name theirs.");
}

/// <summary>What browsers are told that a file is. Anything unknown is bytes to save.</summary>
internal static class ContentTypes
{
    private static readonly Dictionary<string, string> Shown = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".txt"] = "text/plain; charset=utf-8",
        [".log"] = "text/plain; charset=utf-8",
        [".md"] = "text/plain; charset=utf-8",
        [".csv"] = "text/plain; charset=utf-8",
        [".json"] = "application/json",
        [".jsonl"] = "text/plain; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
    };

    public static bool IsShown(string path) => Shown.ContainsKey(Path.GetExtension(path));

    public static string Of(string path) => Shown.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");
}

/// <summary>An artifact's files.</summary>
/// <param name="Bytes">Of all files together.</param>
public sealed record ArtifactView(string Hash, long Bytes, IReadOnlyList<ArtifactFile> Files);
