using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Bees;

/// <summary>
/// Hands <c>bees.collect</c> a slice of a registered source's log: closed segments as an artifact, so that a retry reads the
/// same bytes, equal slices are equal inputs, and a worker needs nothing but the artifact store.
/// </summary>
internal sealed class SourceResolver(ISourceStore sources, LandingLogs logs, IArtifactStore artifacts, TimeProvider time) : IInputResolver
{
    private const string Type = "bees.collect";
    private const string Scheme = "source:";
    private const string Slice = "slice";

    public bool Concerns(string type, JsonElement inputs) =>
        type == Type && inputs.ValueKind == JsonValueKind.Object && inputs.TryGetProperty("source", out JsonElement source)
        && source.ValueKind == JsonValueKind.String && source.GetString()!.StartsWith(Scheme, StringComparison.Ordinal);

    public async Task<JsonElement> ResolveAsync(InputOrigin origin, JsonElement inputs, CancellationToken cancel)
    {
        string source = inputs.GetProperty("source").GetString()![Scheme.Length..];
        SourceSlice slice = await sources.FindSliceAsync(origin.Run, origin.Activity, cancel) is { } taken && taken.Source == source
            ? taken : await TakeAsync(origin, source, OnlyNew(inputs), cancel);
        JsonObject filled = JsonNode.Parse(inputs.GetRawText())!.AsObject();
        filled[Slice] = JsonSerializer.SerializeToNode(slice.Artifact);
        return JsonElement.Parse(filled.ToJsonString());
    }

    private async Task<SourceSlice> TakeAsync(InputOrigin origin, string source, bool onlyNew, CancellationToken cancel)
    {
        LandingLog log = await logs.FindAsync(source, cancel)
            ?? throw new ActivityException("BEES-053", $"There is no registered source '{source}'. 'mlp bees sources' shows those there are; 'mlp bees apply FILE' adds one.", FailureKind.User);
        long after = onlyNew ? await sources.FindTakenAsync(origin.Pipeline, origin.Activity, source, cancel) : 0;
        IReadOnlyList<Segment> all = await log.SealAsync(cancel);
        List<Segment> wanted = [.. all.Where(s => s.Number > after)];
        ArtifactRef artifact = await StoreAsync(log, wanted, cancel);
        return await sources.PutSliceAsync(new SourceSlice(
            origin.Run, origin.Activity, origin.Pipeline, source, after, wanted.Count == 0 ? after : wanted[^1].Number, artifact, time.GetUtcNow()), cancel);
    }

    private async Task<ArtifactRef> StoreAsync(LandingLog log, List<Segment> segments, CancellationToken cancel)
    {
        string folder = Path.Combine(logs.Folder, "tmp", Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder);
        try
        {
            foreach (Segment segment in segments)
            {
                string link = Path.Combine(folder, segment.FileName);
                if (!Posix.TryHardLink(log.FileOf(segment), link))
                    File.Copy(log.FileOf(segment), link);
            }
            return await artifacts.PutFolderAsync(folder, "slice", cancel);
        }
        catch (FileNotFoundException gone)
        {
            throw new ActivityException("BEES-060", $"A segment of the source '{log.Source}' was removed by its retention while it was being taken: {gone.FileName}. Run again.", FailureKind.Infrastructure, gone);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool OnlyNew(JsonElement inputs) =>
        inputs.TryGetProperty("take", out JsonElement take) && take.ValueKind == JsonValueKind.String && take.GetString() == "new";
}
