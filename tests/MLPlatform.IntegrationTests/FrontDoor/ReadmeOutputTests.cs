using System.Text.RegularExpressions;
using Xunit;

namespace MLPlatform.IntegrationTests.FrontDoor;

/// <summary>What the README shows below <c>./test</c>: true of every run, so that it does not go stale.</summary>
public sealed partial class ReadmeOutputTests : IDisposable
{
    private readonly StubbedRepository _repository = new();

    public void Dispose() => _repository.Dispose();

    [Fact]
    public async Task Runs_that_differ_in_counts_and_times_are_shown_as_one()
    {
        string[] one = await SummaryAsync("2"), other = await SummaryAsync("1234");
        Assert.Equal(one, other);
        Assert.Equal("… passed, 0 failed, … skipped", one[^1]);
        Assert.Contains("MLPlatform.Tests  Total: …, Errors: 0, Failed: 0, Skipped: …, Not Run: …, Time: … s", one);
    }

    [Fact]
    public async Task The_readme_shows_what_the_script_prints()
    {
        string[] shown = Shown();
        int next = 0;
        foreach (string line in await SummaryAsync("2")) // the console is not in the stub
        {
            next = Array.IndexOf(shown, line, next) + 1;
            Assert.True(next > 0, $"the README does not show this, or not here: {line}");
        }
    }

    [Fact]
    public void The_readme_shows_every_step_in_its_order()
    {
        string scripts = File.ReadAllText(Repository.File("test")) + File.ReadAllText(Repository.File(".ci/console.sh"));
        Assert.Equal(Step().Matches(scripts).Select(m => m.Groups[1].Value), Shown().Where(l => l.EndsWith(": done in … s", StringComparison.Ordinal)).Select(l => l.Split(':')[0]));
    }

    private static string[] Shown() => File.ReadAllText(Repository.File("README.md")).Split("<!-- output of ./test -->\n```\n")[1].Split("\n```")[0].Split('\n');

    private async Task<string[]> SummaryAsync(string passed)
    {
        string counts = $"total=\"9999\" passed=\"{passed}\" failed=\"0\" skipped=\"1\" not-run=\"0\" errors=\"0\"";
        Said said = await _repository.RunAsync(
            "/bin/bash",
            new() { ["STUB_MLPlatform_Tests"] = counts, ["STUB_MLPlatform_IntegrationTests"] = counts },
            "-c", "\"$0\" | \"$1\" summary", Path.Combine(_repository.Root, "test"), Repository.File("docs/readme-output"));
        Assert.Equal(0, said.Status);
        return said.Out.TrimEnd('\n').Split('\n');
    }

    [GeneratedRegex("""(?:step|gather) "([A-Z][a-z]+)"(?: |$)""", RegexOptions.Multiline)]
    private static partial Regex Step();
}
