using System.ComponentModel;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Core.Code;

/// <summary>Where an activity's code comes from: a git repository, or a code folder that the platform keeps. One of the two.</summary>
public sealed record CodeSource
{
    [Description("A git repository: https://…, ssh://…, user@host:path, or an absolute path below one of the server's Code:GitRoots. Either this or folder.")]
    public string? Git { get; init; }

    [Description("A branch, tag or full commit id of the repository. It is looked up once for a run; the commit is a part of the cache key. Default: the repository's HEAD.")]
    public string? Ref { get; init; }

    [Description("A code folder of the platform, as 'mlp code list' shows them. Either this or git.")]
    public string? Folder { get; init; }

    [Description("A version of the code folder. Default: the latest when the run asks.")]
    public int? Version { get; init; }

    [Description("The folder inside that the command starts in. Default: the topmost one.")]
    public string? Path { get; init; }
}

/// <summary>The code that a source stood for when a run asked: files that never change, and where they are from.</summary>
/// <param name="Files">The files, as an artifact of kind <c>code</c>.</param>
/// <param name="Commit">The commit, of a git repository.</param>
/// <param name="Version">The version, of a code folder.</param>
public sealed record CodeTree(ArtifactRef Files, string? Commit = null, int? Version = null)
{
    /// <summary>The kind of artifacts that hold code.</summary>
    public const string Kind = "code";
}
