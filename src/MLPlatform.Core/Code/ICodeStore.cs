using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Code;

/// <summary>Named folders of code in numbered versions, and which code runs were given. Versions are only added.</summary>
public interface ICodeStore
{
    /// <summary>Adds a version; the content that is the latest already stays that version.</summary>
    /// <param name="based">The version that the writer saw last (0: none yet); null: whatever is there.</param>
    /// <returns>The version; or null if another one came in between.</returns>
    Task<CodeVersion?> AddAsync(CodeDraft draft, int? based, CancellationToken cancel);

    /// <summary>The latest version of every folder, by name.</summary>
    Task<IReadOnlyList<CodeVersion>> ListAsync(CancellationToken cancel);

    /// <summary>All versions of a folder, newest first; none where there is no such folder.</summary>
    Task<IReadOnlyList<CodeVersion>> ListVersionsAsync(string name, CancellationToken cancel);

    /// <param name="version">Its number, or null for the latest.</param>
    Task<CodeVersion?> FindAsync(string name, int? version, CancellationToken cancel);

    /// <summary>The code that an activity of a run was given, or null before it asked.</summary>
    Task<CodeTree?> FindPinAsync(RunId run, string activity, CancellationToken cancel);

    /// <summary>Writes down what an activity of a run is given; the first one to do so decides, and all get that.</summary>
    Task<CodeTree> PinAsync(RunId run, string activity, CodeTree tree, CancellationToken cancel);
}

/// <param name="Note">What its maker says about it.</param>
public sealed record CodeDraft(string Name, ArtifactRef Files, string By, string? Note);

/// <summary>One version of a code folder.</summary>
public sealed record CodeVersion(string Name, int Version, ArtifactRef Files, string By, string? Note, DateTimeOffset CreatedAt);
