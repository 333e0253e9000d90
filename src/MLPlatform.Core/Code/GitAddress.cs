using System.Text.RegularExpressions;

namespace MLPlatform.Core.Code;

/// <summary>
/// An address and a ref that may be handed to git. Both come from pipeline files, so both are hostile: git takes options, helpers
/// (<c>ext::</c>) and local paths where people mean addresses.
/// </summary>
/// <param name="Url">As git takes it.</param>
/// <param name="Ref">A branch, a tag, a full ref, a commit, or <c>HEAD</c>.</param>
/// <param name="Protocol">What git is allowed to speak to fetch it.</param>
public sealed partial record GitAddress(string Url, string Ref, string Protocol)
{
    private const int Longest = 2048;

    /// <summary>Whether the ref is a whole commit id, which needs no looking up.</summary>
    public bool IsCommit => Commit().IsMatch(Ref);

    /// <summary>Checks an address and a ref. Pure text: nothing is asked and no file is looked at.</summary>
    /// <param name="url">As the file says it.</param>
    /// <param name="reference">As the file says it; null means <c>HEAD</c>.</param>
    /// <param name="roots">Absolute folders whose repositories may be used by path.</param>
    /// <param name="problem">What is wrong and what to write instead.</param>
    /// <returns>Null where there is a problem.</returns>
    public static GitAddress? Read(string url, string? reference, IReadOnlyCollection<string> roots, out string? problem)
    {
        string wanted = reference ?? "HEAD";
        (string? protocol, problem) = ProtocolOf(url, roots);
        if (problem is null && !(wanted == "HEAD" || (Reference().IsMatch(wanted) && wanted.Length <= 255 && !Misleading().IsMatch(wanted))))
            problem = "the ref is none: name a branch, a tag or a full commit id";
        return problem is null ? new GitAddress(url, wanted, protocol!) : null;
    }

    /// <summary>The address as it may be shown: a name before the host stays, a password would not have been taken.</summary>
    public override string ToString() => $"{Url} at {Ref}";

    private static (string? Protocol, string? Problem) ProtocolOf(string url, IReadOnlyCollection<string> roots)
    {
        if (url.Length is 0 or > Longest || url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) || url.StartsWith('-') || url.Contains("::", StringComparison.Ordinal))
            return (null, "the address is none that git may be given: write https://…, ssh://… or user@host:path");
        if (Path.IsPathRooted(url))
            return IsBelow(Path.GetFullPath(url), roots)
                ? ("file", null)
                : (null, "the repository is a folder of the server, and none of its Code:GitRoots holds it");
        if (Shell().IsMatch(url))
            return ("ssh", null);
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http" or "ssh") || uri.Host.Length == 0 || uri.Host.StartsWith('-'))
            return (null, "the address is none that git may be given: write https://…, ssh://… or user@host:path");
        // It would stand in plans, logs and inputs.json.
        return uri.UserInfo.Contains(':', StringComparison.Ordinal) || (uri.UserInfo.Length > 0 && uri.Scheme != "ssh")
            ? (null, "the address holds credentials; let git on the server have them (an ssh key, a credential helper)")
            : (uri.Scheme, null);
    }

    private static bool IsBelow(string path, IReadOnlyCollection<string> roots) =>
        roots.Any(root => path == root.TrimEnd('/') || path.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal));

    [GeneratedRegex("^[0-9a-f]{40}([0-9a-f]{24})?$")]
    private static partial Regex Commit();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_./+@#=-]*\z")]
    private static partial Regex Reference();

    // What git itself refuses in names, and what it would read as a range or an expression.
    [GeneratedRegex(@"\.\.|@\{|//|/\.|\.lock(/|$)|[./]$")]
    private static partial Regex Misleading();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!/?-)[^:]+\z")]
    private static partial Regex Shell();
}
