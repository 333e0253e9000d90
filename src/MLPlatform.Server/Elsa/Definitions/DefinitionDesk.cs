using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>
/// Definitions as Elsa Studio sees them: what was saved there, and every registered pipeline, which is the published version
/// of a definition of its name whether or not it was ever opened there.
/// </summary>
internal sealed class DefinitionDesk(IElsaStore store, IPipelineStore pipelines)
{
    /// <summary>The id of the version that a registered revision is, until it is published from a draft that has one.</summary>
    public static string IdOf(string pipeline, int revision) => string.Create(CultureInfo.InvariantCulture, $"{pipeline}@{revision}");

    /// <summary>All versions of all definitions, by definition.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<DefinitionVersion>>> ListAsync(CancellationToken cancel)
    {
        ILookup<string, ElsaVersion> stored = (await store.ListAsync(cancel)).ToLookup(v => v.Definition, StringComparer.Ordinal);
        Dictionary<string, PipelineRevision> registered = (await pipelines.ListAsync(cancel)).ToDictionary(p => p.Pipeline, StringComparer.Ordinal);
        return [.. stored.Select(g => g.Key).Union(registered.Keys).Order(StringComparer.Ordinal).Select(id => Together([.. stored[id]], registered.GetValueOrDefault(id)))];
    }

    /// <summary>All versions of a definition, oldest first; empty if there is none.</summary>
    public async Task<IReadOnlyList<DefinitionVersion>> ListAsync(string definition, CancellationToken cancel) =>
        Together(await store.ListAsync(definition, cancel), await pipelines.FindAsync(definition, cancel));

    public async Task<(DefinitionVersion Version, JsonObject Bare)?> FindAsync(string definition, string? options, CancellationToken cancel) =>
        VersionOptions.Pick(await ListAsync(definition, cancel), options).FirstOrDefault() is { } version
            && await BareAsync(version.Head, cancel) is { } bare ? (version, bare) : null;

    /// <summary>A version by its own id; older revisions of pipelines have one, too.</summary>
    public async Task<(DefinitionVersion Version, JsonObject Bare)?> FindVersionAsync(string id, CancellationToken cancel)
    {
        string definition = id.LastIndexOf('@') is > 0 and int at ? id[..at] : (await store.FindAsync(id, cancel))?.Version.Definition ?? "";
        if ((await ListAsync(definition, cancel)).FirstOrDefault(v => v.Head.Id == id) is { } known)
            return await BareAsync(known.Head, cancel) is { } bare ? (known, bare) : null;
        if ((await pipelines.ListRevisionsAsync(definition, cancel)).FirstOrDefault(r => IdOf(r.Pipeline, r.Revision) == id) is not { } revision)
            return null;
        return (new DefinitionVersion(new ElsaVersion(id, definition, revision.Revision, definition, false, revision.Revision, revision.AppliedAt, revision.AppliedBy), false), Bare(revision.FileJson));
    }

    /// <summary>The document of a version; null where it went since.</summary>
    public async Task<JsonObject?> BareAsync(ElsaVersion version, CancellationToken cancel)
    {
        if (await store.FindAsync(version.Id, cancel) is { } stored)
            return ElsaJson.Parse(stored.Json)!.AsObject();
        return (await pipelines.ListRevisionsAsync(version.Definition, cancel)).FirstOrDefault(r => r.Revision == version.Revision) is { } revision ? Bare(revision.FileJson) : null;
    }

    /// <summary>Writes down the version that a registered pipeline is, so that drafts on top of it have the next number.</summary>
    public async Task KeepRegisteredAsync(string definition, CancellationToken cancel)
    {
        if (await ListAsync(definition, cancel) is [.., { Head: { IsPublished: true, Revision: { } revision } head }]
            && head.Id == IdOf(definition, revision) && await store.FindAsync(head.Id, cancel) is null && await BareAsync(head, cancel) is { } bare)
            await store.KeepPublishedAsync(head.Id, new ElsaDraft(definition, head.Name, DefinitionVersion.Strip(bare), head.SavedBy), revision, cancel);
    }

    /// <summary>A pipeline file as a document.</summary>
    public static JsonObject Bare(string file)
    {
        ElsaResult exported = ElsaMapping.Export(Encoding.UTF8.GetBytes(file), "pipeline.json");
        return exported.Text is null
            ? throw new InvalidOperationException($"a registered pipeline cannot be exported: {exported.Diagnostics[0]}")
            : ElsaJson.Parse(DefinitionVersion.Strip(ElsaJson.Parse(Encoding.UTF8.GetString(exported.Text))!.AsObject()))!.AsObject();
    }

    private static List<DefinitionVersion> Together(IReadOnlyList<ElsaVersion> stored, PipelineRevision? registered)
    {
        List<ElsaVersion> all = [.. stored];
        // What was applied by another way since is the published version, whatever was saved here before.
        if (registered is not null && all.FindLast(v => v.Revision == registered.Revision) is null)
        {
            all = [.. all.Select(v => v with { IsPublished = false })];
            all.Add(new ElsaVersion(IdOf(registered.Pipeline, registered.Revision), registered.Pipeline, (all.LastOrDefault()?.Version ?? 0) + 1,
                NameOf(registered), true, registered.Revision, registered.AppliedAt, registered.AppliedBy));
        }
        return [.. all.Select((v, i) => new DefinitionVersion(v, i == all.Count - 1))];
    }

    private static string NameOf(PipelineRevision registered)
    {
        JsonElement file = JsonElement.Parse(registered.FileJson);
        return file.TryGetProperty("basic", out JsonElement basic) && basic.ValueKind == JsonValueKind.Object && basic.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String
            && name.GetString() is { Length: > 0 } given ? given : registered.Pipeline;
    }
}
