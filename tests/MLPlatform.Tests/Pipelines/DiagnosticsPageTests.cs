using System.Text.RegularExpressions;
using Xunit;

namespace MLPlatform.Tests.Pipelines;

public sealed partial class DiagnosticsPageTests
{
    [Theory]
    [InlineData("PIPE")]
    [InlineData("EXPR")]
    [InlineData("PLAN")]
    public void Every_code_is_explained_and_nothing_else_is(string family)
    {
        IEnumerable<string> sources = Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, "src", "MLPlatform.Core"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        string[] used = [.. sources.SelectMany(f => Quoted().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value))
            .Where(c => c.StartsWith(family, StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)];
        string page = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "diagnostics", $"{family.ToLowerInvariant()}.md"));
        string[] explained = [.. Row().Matches(page).Select(m => m.Groups[1].Value)];
        Assert.Equal(used, explained);
    }

    [GeneratedRegex("\"([A-Z]{4}-[0-9]{3})\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^\| ([A-Z]{4}-[0-9]{3}) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
