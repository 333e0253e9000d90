using System.Text.RegularExpressions;
using MLPlatform.Core.Code;
using Xunit;

namespace MLPlatform.Tests.Code;

/// <summary>How texts are told to differ.</summary>
public partial class LineDiffTests
{
    [Fact]
    public void A_changed_line_stands_between_its_neighbours() => Assert.Equal(
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
        LineDiff.Unified("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"));

    [Theory]
    [InlineData("", "", "")]
    [InlineData("a\n", "a\n", "")]
    [InlineData("", "a\n", "@@ -0,0 +1,1 @@\n+a\n")]
    [InlineData("a\n", "", "@@ -1,1 +0,0 @@\n-a\n")]
    [InlineData("a", "a\n", "@@ -1,2 +1,1 @@\n a\n-\\ no newline at the end\n")]
    public void Empty_and_equal_texts_have_short_answers(string old, string now, string diff) => Assert.Equal(diff, LineDiff.Unified(old, now));

    [Fact]
    public void Any_old_text_with_its_diff_gives_the_new_one()
    {
        Random draw = new(11);
        for (int i = 0; i < 400; i++)
        {
            string old = Text(draw), now = draw.Next(4) == 0 ? Text(draw) : Changed(old, draw);
            Assert.Equal(now, Apply(old, LineDiff.Unified(old, now)));
        }
    }

    private static string Text(Random draw) => string.Concat(Enumerable.Range(0, draw.Next(40)).Select(_ => $"{(char)('a' + draw.Next(6))}\n"));

    private static string Changed(string text, Random draw) => string.Concat(text.Split('\n')[..^1].SelectMany(line => draw.Next(8) switch
    {
        0 => [],
        1 => [line + "\n", "new\n"],
        2 => ["other\n"],
        _ => (string[])[line + "\n"],
    }));

    // A reader of unified diffs that was written for this test alone.
    private static string Apply(string old, string diff)
    {
        List<string> lines = [.. old.Split('\n')[..^1]], made = [];
        int at = 0;
        foreach (string line in diff.Split('\n')[..^1])
        {
            if (Hunk().Match(line) is { Success: true } hunk)
            {
                int start = int.Parse(hunk.Groups[1].Value, null), count = int.Parse(hunk.Groups[2].Value, null);
                for (int begin = count == 0 ? start : start - 1; at < begin; at++)
                    made.Add(lines[at]);
                continue;
            }
            if (line[0] is ' ' or '-')
                Assert.Equal(lines[at++], line[1..]);
            if (line[0] is ' ' or '+')
                made.Add(line[1..]);
        }
        return string.Concat(made.Concat(lines[at..]).Select(l => l + "\n"));
    }

    [GeneratedRegex(@"^@@ -(\d+),(\d+) \+\d+,\d+ @@$")]
    private static partial Regex Hunk();
}
