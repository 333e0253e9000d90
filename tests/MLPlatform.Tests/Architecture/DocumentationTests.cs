using System.Text.RegularExpressions;
using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>Pages that newcomers read must not lead nowhere.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Folders = ["docs", "samples", "workflows"];

    public static TheoryData<string> Pages => [.. MarkdownFiles().Select(file => Path.GetRelativePath(RepositoryFiles.Root, file))];

    [Theory, MemberData(nameof(Pages))]
    public void Every_link_leads_somewhere(string page)
    {
        string file = Path.Combine(RepositoryFiles.Root, page);
        IEnumerable<string> links = Link.Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal));
        Assert.DoesNotContain(links, link => !Path.Exists(Path.Combine(Path.GetDirectoryName(file)!, link)));
    }

    [Fact]
    public void Every_decision_is_listed()
    {
        string folder = Path.Combine(RepositoryFiles.Root, "docs", "adr");
        string list = File.ReadAllText(Path.Combine(folder, "README.md"));
        Assert.DoesNotContain(
            Directory.GetFiles(folder, "*.md").Select(file => Path.GetFileName(file)),
            name => name is not ("README.md" or "0000-template.md") && !list.Contains(name, StringComparison.Ordinal));
    }

    private static IEnumerable<string> MarkdownFiles() =>
        Directory.GetFiles(RepositoryFiles.Root, "*.md")
            .Concat(Folders.SelectMany(folder =>
                Directory.GetFiles(Path.Combine(RepositoryFiles.Root, folder), "*.md", SearchOption.AllDirectories)))
            .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link { get; }
}
