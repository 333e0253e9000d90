using System.Security.Cryptography;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Lineage;

/// <summary>Lineage documents as artifacts.</summary>
public static class LineageFile
{
    private const int IdentityBytes = 4096;

    /// <summary>Stores a document.</summary>
    /// <param name="folder">A folder of the caller's, made if it is not there.</param>
    public static async Task<ArtifactRef> WriteAsync(LineageDocument document, string folder, IArtifactStore artifacts, CancellationToken cancel)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, LineageDocument.File);
        await using (FileStream stream = File.Create(file))
            await JsonSerializer.SerializeAsync(stream, document, ActivityJson.Options, cancel).ConfigureAwait(false);
        return await artifacts.PutFileAsync(file, LineageDocument.Kind, LineageDocument.File, cancel).ConfigureAwait(false);
    }

    /// <summary>Stores what the columns of outputs were made of; null where it is known of none of them.</summary>
    public static async Task<ArtifactRef?> WriteColumnsAsync(
        ActivityContext context, CancellationToken cancel, params IReadOnlyList<(string Output, ColumnLineage? Columns)> outputs)
    {
        Dictionary<string, OutputLineage> known = outputs.Where(o => o.Columns is not null).ToDictionary(o => o.Output, o => new OutputLineage([], o.Columns));
        return known.Count == 0 ? null
            : await WriteAsync(new LineageDocument(known), Path.Combine(context.ScratchFolder, "lineage"), context.Artifacts, cancel).ConfigureAwait(false);
    }

    /// <summary>The document, or null where the artifact is gone or is none.</summary>
    public static async Task<LineageDocument?> ReadAsync(string hash, IArtifactStore artifacts, CancellationToken cancel)
    {
        ArtifactManifest? manifest = await artifacts.FindAsync(hash, cancel).ConfigureAwait(false);
        if (manifest?.Files is not [{ Path: LineageDocument.File } file])
            return null;
        await using FileStream stream = File.OpenRead(await artifacts.FetchAsync(file, cancel).ConfigureAwait(false));
        try
        {
            return await JsonSerializer.DeserializeAsync<LineageDocument>(stream, ActivityJson.Options, cancel).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            return null; // A script's own idea of such a document; it tells nothing that can be relied on.
        }
    }

    /// <summary>What stays the same while a file grows past its first bytes or is renamed: their number and hash.</summary>
    public static string IdentityOf(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] head = new byte[IdentityBytes];
        int read = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return $"{read}:{Convert.ToHexStringLower(SHA256.HashData(head.AsSpan(0, read)))}";
    }
}
