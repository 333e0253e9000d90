using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Code;

namespace MLPlatform.Server.Code;

/// <summary>Makes and compares versions of code folders.</summary>
internal sealed class CodeDesk(ICodeStore store, IArtifactStore artifacts, IOptions<CodeOptions> options)
{
    private const int LongestText = 1 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public async Task<(CodeVersion? Made, ProblemHttpResult? Problem)> ChangeAsync(string name, CodeChange change, string by, CancellationToken cancel)
    {
        if (WrongName(name) is { } misnamed)
            return (null, misnamed);
        // 1. What is there, and what of it stays.
        CodeVersion? latest = await store.FindAsync(name, null, cancel);
        if (change.Based is { } based && based != (latest?.Version ?? 0))
            return (null, Moved(name));
        SortedDictionary<string, ArtifactFile> files = new(StringComparer.Ordinal);
        foreach (ArtifactFile file in latest is null || change.Replace ? [] : await FilesAsync(latest, cancel))
            files[file.Path] = file;
        foreach (string path in change.Remove ?? [])
        {
            if (!files.Remove(path))
                return (null, Problem.NotFound($"file '{path}' in the code folder '{name}'", $"'mlp code show {name} --files' lists them."));
        }
        // 2. What is new.
        try
        {
            foreach (CodeFile file in change.Files ?? [])
            {
                if (Bytes(file) is not { } bytes)
                    return (null, Problem.BadRequest($"The file '{file.Path}' has neither or both of text and base64, or its base64 is none."));
                using MemoryStream content = new(bytes);
                files[file.Path] = (await artifacts.PutStreamAsync(content, CodeTree.Kind, file.Path, cancel)).File;
            }
        }
        catch (ActivityException e) when (e.Code == "STORE-002")
        {
            return (null, Problem.BadRequest(e.Message));
        }
        if (Wrong(files) is { } problem)
            return (null, problem);
        // 3. The next version.
        ArtifactRef whole = await artifacts.ComposeAsync([.. files.Values], CodeTree.Kind, cancel);
        return await store.AddAsync(new CodeDraft(name, whole, by, change.Note), change.Based ?? (change.Replace ? null : latest?.Version ?? 0), cancel) is { } made
            ? (made, null)
            : (null, Moved(name));
    }

    public async Task<(CodeVersion? Found, ProblemHttpResult? Problem)> FindAsync(string name, string version, CancellationToken cancel)
    {
        int? number = int.TryParse(version, out int parsed) ? parsed : null;
        if (number is null && version != "latest")
            return (null, Problem.BadRequest($"'{version}' is no version: write a number or latest."));
        return await store.FindAsync(name, number, cancel) is { } found
            ? (found, null)
            : (null, await store.FindAsync(name, null, cancel) is null ? NoCode(name) : NoVersion(name, version));
    }

    public Task<CodeVersion?> LatestAsync(string name, CancellationToken cancel) => store.FindAsync(name, null, cancel);

    public async Task<IReadOnlyList<ArtifactFile>> FilesAsync(CodeVersion version, CancellationToken cancel) =>
        (await artifacts.FindAsync(version.Files.Hash, cancel) ?? throw new InvalidOperationException($"the files of {version.Name} {version.Version} are not in the store")).Files;

    public async Task<CodeDiffView> DiffAsync(CodeVersion old, CodeVersion now, CancellationToken cancel)
    {
        Dictionary<string, ArtifactFile> before = (await FilesAsync(old, cancel)).ToDictionary(f => f.Path), after = (await FilesAsync(now, cancel)).ToDictionary(f => f.Path);
        List<CodeFileDiff> changes = [];
        foreach (string path in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            ArtifactFile? from = before.GetValueOrDefault(path), to = after.GetValueOrDefault(path);
            if (from?.Hash == to?.Hash)
                continue;
            (string? left, string? right) = (await TextAsync(from, cancel), await TextAsync(to, cancel));
            changes.Add(new CodeFileDiff(path, from is null ? "added" : to is null ? "removed" : "changed", left is null || right is null ? null : LineDiff.Unified(left, right)));
        }
        return new CodeDiffView(now.Name, old.Version, now.Version, changes);
    }

    public static ProblemHttpResult NoCode(string name) =>
        Problem.NotFound($"code folder '{name}'", "'mlp code list' shows those there are; 'mlp code push NAME FOLDER' makes one.");

    public static ProblemHttpResult NoVersion(string name, string version) =>
        Problem.NotFound($"version {version} of the code folder '{name}'", $"'mlp code show {name}' lists its versions.");

    public static ProblemHttpResult Moved(string name) =>
        Problem.Conflict("JOB-012", $"The code folder '{name}' is not at the version that this changes: somebody else was quicker, or the number is wrong.",
            "Look at the difference, and do the change again on the latest version.");

    public ProblemHttpResult? TooLarge(long bytes) => bytes <= options.Value.MaxBytes ? null
        : Problem.Of(413, "JOB-009", $"The code would have {bytes} bytes, more than the {options.Value.MaxBytes} allowed.", "Keep data in datasets or artifacts, or raise Code:MaxBytes.");

    public static ProblemHttpResult? WrongName(string name) => Names.IsPipeline(name) ? null
        : Problem.BadRequest($"'{name}' is no name of a code folder: {Names.PipelineRule.Replace("{0}", "it", StringComparison.Ordinal)}.");

    private ProblemHttpResult? Wrong(SortedDictionary<string, ArtifactFile> files)
    {
        if (files.Count == 0)
            return Problem.BadRequest("No file would be left. A code folder holds at least one.");
        if (TooLarge(files.Values.Sum(f => f.Bytes)) is { } large)
            return large;
        foreach (string path in files.Keys)
        {
            for (int cut = path.IndexOf('/', StringComparison.Ordinal); cut > 0; cut = path.IndexOf('/', cut + 1))
            {
                if (files.ContainsKey(path[..cut]))
                    return Problem.BadRequest($"'{path[..cut]}' would be a file and a folder, too: '{path}' is in it.");
            }
        }
        return null;
    }

    private static byte[]? Bytes(CodeFile file)
    {
        if (file.Text is null == file.Base64 is null)
            return null;
        byte[] bytes = new byte[file.Base64?.Length ?? 0];
        return file.Text is not null ? Encoding.UTF8.GetBytes(file.Text)
            : Convert.TryFromBase64String(file.Base64!, bytes, out int count) ? bytes[..count] : null;
    }

    // Empty for a file that is not there; null for one that is no text.
    private async Task<string?> TextAsync(ArtifactFile? file, CancellationToken cancel)
    {
        if (file is null)
            return "";
        if (file.Bytes > LongestText)
            return null;
        try
        {
            string text = Strict.GetString(await File.ReadAllBytesAsync(await artifacts.FetchAsync(file, cancel), cancel));
            return text.Contains('\0', StringComparison.Ordinal) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
