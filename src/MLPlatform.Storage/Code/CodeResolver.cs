using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Code;

/// <summary>
/// Hands training scripts the code that their source stands for now: a commit of a repository or a version of a code folder,
/// as one artifact. From there on both are the same. What a run was given once, it is given at every retry.
/// </summary>
internal sealed class CodeResolver(ICodeStore store, GitRepositories repositories) : IInputResolver
{
    private const string Source = "source", Tree = "tree";

    public bool Concerns(string type, JsonElement inputs) =>
        type.StartsWith("train.", StringComparison.Ordinal) && inputs.ValueKind == JsonValueKind.Object
        && inputs.TryGetProperty(Source, out JsonElement source) && source.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined);

    public async Task<JsonElement> ResolveAsync(InputOrigin origin, JsonElement inputs, CancellationToken cancel)
    {
        CodeTree tree = await store.FindPinAsync(origin.Run, origin.Activity, cancel)
            ?? await store.PinAsync(origin.Run, origin.Activity, await FindAsync(Read(inputs), cancel), cancel);
        JsonObject filled = JsonNode.Parse(inputs.GetRawText())!.AsObject();
        filled[Tree] = JsonSerializer.SerializeToNode(tree, ActivityJson.Options);
        return JsonElement.Parse(filled.ToJsonString());
    }

    private static CodeSource Read(JsonElement inputs)
    {
        try
        {
            return inputs.GetProperty(Source).Deserialize<CodeSource>(ActivityJson.Options)!;
        }
        catch (JsonException e)
        {
            throw new ActivityException("JOB-001", $"The source of the code cannot be read: {e.Message}", FailureKind.User, e);
        }
    }

    private async Task<CodeTree> FindAsync(CodeSource source, CancellationToken cancel)
    {
        if (source.Git is null == source.Folder is null)
            throw new ActivityException("JOB-001", "The source names neither or both of git and folder. Name one of the two.");
        return source.Git is not null ? await repositories.CheckOutAsync(source.Git, source.Ref, cancel) : await FolderAsync(source, cancel);
    }

    private async Task<CodeTree> FolderAsync(CodeSource source, CancellationToken cancel)
    {
        if (await store.FindAsync(source.Folder!, source.Version, cancel) is { } found)
            return new CodeTree(found.Files, Version: found.Version);
        IReadOnlyList<CodeVersion> all = await store.ListAsync(cancel);
        throw new ActivityException("JOB-003", all.Any(v => v.Name == source.Folder)
            ? $"The code folder '{source.Folder}' has no version {source.Version}; 'mlp code show {source.Folder}' lists them."
            : $"There is no code folder '{source.Folder}'. {Names.Hint(source.Folder!, [.. all.Select(v => v.Name)]) ?? "'mlp code push NAME FOLDER' makes one."}");
    }
}
