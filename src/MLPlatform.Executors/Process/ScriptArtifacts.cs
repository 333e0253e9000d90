using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>
/// Artifacts as scripts see them. In: every artifact among the inputs is laid out below <c>inputs/</c> of the attempt's
/// folder, and its path stands beside the reference. Out: <c>{"$file":"path","kind":"model"}</c> among the outputs becomes
/// an artifact of that file or folder.
/// </summary>
internal static class ScriptArtifacts
{
    private const string Reference = "$artifact", File = "$file", Kind = "kind", Path = "path";

    /// <summary>Lays the artifacts of the inputs out, and gives the inputs with their paths.</summary>
    public static async Task<JsonElement> LayOutAsync(JsonElement inputs, string folder, IArtifactStore artifacts, CancellationToken cancel)
    {
        if (!inputs.GetRawText().Contains(Reference, StringComparison.Ordinal) || JsonNode.Parse(inputs.GetRawText()) is not JsonNode root)
            return inputs;
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, JsonObject reference) in Find(root, "input", Reference).ToList())
        {
            if (reference[Kind] is JsonValue kind && kind.TryGetValue(out string? what) && what == CodeTree.Kind)
                continue; // The command starts in it.
            string own = Distinct(name, taken);
            string path = System.IO.Path.Combine(folder, AttemptFiles.ArtifactInputs, own);
            await artifacts.LayOutAsync((string)reference[Reference]!, path, cancel).ConfigureAwait(false);
            reference[Path] = path;
        }
        return JsonSerializer.SerializeToElement(root);
    }

    /// <summary>Stores the files that the outputs name, and gives the outputs with references in their place.</summary>
    public static async Task<AttemptOutcome> StoreAsync(JsonElement outputs, string folder, IArtifactStore artifacts, CancellationToken cancel)
    {
        if (!outputs.GetRawText().Contains(File, StringComparison.Ordinal) || JsonNode.Parse(outputs.GetRawText()) is not JsonNode root)
            return new AttemptOutcome.Succeeded(outputs);
        foreach ((_, JsonObject named) in Find(root, "output", File).ToList())
        {
            if (named[File] is not JsonValue value || !value.TryGetValue(out string? relative) || relative.Length == 0)
                return Fail("outputs.json has a \"$file\" that is not a path");
            string path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, relative));
            if (!path.StartsWith(System.IO.Path.GetFullPath(folder) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
                return Fail($"outputs.json names the file '{relative}', which is outside of the attempt's folder");
            bool isFolder = Directory.Exists(path);
            if (!isFolder && !System.IO.File.Exists(path))
                return Fail($"outputs.json names the file '{relative}', which is not there; paths are relative to $MLP_ATTEMPT_DIR");
            string kind = named[Kind] is JsonValue k && k.TryGetValue(out string? said) ? said : isFolder ? "folder" : "file";
            ArtifactRef stored = isFolder
                ? await artifacts.PutFolderAsync(path, kind, cancel).ConfigureAwait(false)
                : await artifacts.PutFileAsync(path, kind, null, cancel).ConfigureAwait(false);
            named.ReplaceWith(JsonSerializer.SerializeToNode(stored));
        }
        return new AttemptOutcome.Succeeded(JsonSerializer.SerializeToElement(root));
    }

    private static AttemptOutcome.Failed Fail(string message) => new(new Failure(FailureKind.User, "EXEC-014", message));

    // Objects that have the given property, each with the name it goes by.
    private static IEnumerable<(string Name, JsonObject Found)> Find(JsonNode? node, string name, string property) => node switch
    {
        JsonObject o when o[property] is JsonValue => [(name, o)],
        JsonObject o => o.SelectMany(p => Find(p.Value, p.Key, property)),
        JsonArray a => a.SelectMany(item => Find(item, name, property)),
        _ => [],
    };

    private static string Distinct(string name, HashSet<string> taken)
    {
        string safe = new([.. name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')]);
        if (safe.Trim('.').Length == 0)
            safe = "input";
        string own = safe;
        for (int i = 2; !taken.Add(own); i++)
            own = $"{safe}-{i}";
        return own;
    }
}
