using System.Text.RegularExpressions;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.Tests.Architecture;

/// <summary>What people meet in states and codes is written down, and nothing else is.</summary>
public partial class DocumentedTests
{
    private static readonly string Docs = Path.Combine(RepositoryFiles.Root, "docs");

    [Theory]
    [InlineData(typeof(RunStatus), "run.md")]
    [InlineData(typeof(ActivityStatus), "activity.md")]
    [InlineData(typeof(AttemptStatus), "attempt.md")]
    [InlineData(typeof(AlarmStatus), "alarm.md")]
    public void Every_state_stands_in_its_diagram_and_its_table(Type states, string file)
    {
        string page = File.ReadAllText(Path.Combine(Docs, "states", file));
        string diagram = page.Split("```")[1];
        HashSet<string> drawn = [.. Arrow().Matches(diagram).SelectMany(m => new[] { m.Groups[1].Value, m.Groups[2].Value })];
        HashSet<string> listed = [.. Row().Matches(page).Select(m => m.Groups[1].Value)];
        string[] declared = Enum.GetNames(states);
        Assert.Equal(declared.Order(), drawn.Except(["[*]"]).Order());
        Assert.Equal(declared.Order(), listed.Except(["state"]).Order());
    }

    [Fact]
    public void Every_enum_of_states_has_a_page() =>
        Assert.Equal(
            [nameof(ActivityStatus), nameof(AlarmStatus), nameof(AttemptStatus), nameof(RunStatus)],
            typeof(RunStatus).Assembly.GetTypes().Where(t => t.IsEnum && t.Name.EndsWith("Status", StringComparison.Ordinal)).Select(t => t.Name).Order());

    [Fact]
    public void Every_code_in_the_source_is_documented_and_every_documented_code_is_in_the_source()
    {
        HashSet<string> used = [.. SourceTree.Production.SelectMany(SourceTree.Code).Concat(SourceTree.Programs.SelectMany(File.ReadLines)).SelectMany(line => Code().Matches(line)).Select(m => m.Value)];
        HashSet<string> documented = [.. Directory.EnumerateFiles(Path.Combine(Docs, "diagnostics"), "*.md")
            .SelectMany(File.ReadLines).SelectMany(line => DocumentedCode().Matches(line)).Select(m => m.Groups[1].Value)];
        Assert.Equal([], used.Except(documented).Order());
        Assert.Equal([], documented.Except(used).Order());
    }

    [GeneratedRegex(@"(\S+) --> (\w+|\[\*\])")]
    private static partial Regex Arrow();

    [GeneratedRegex(@"^\| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\b(ALARM|PIPE|EXPR|PLAN|ENG|EXEC|DATA|ML|STORE|API|CLI|TRIG|BEES|LABEL|FEAT|SET|DSET|LINE|SERVE|JOB|SWEEP|TRACK|SIM|QUOTA|KUBE|WORK|GIT|ELSA|VLPS)-\d{3}\b")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\|\s*`?((?:ALARM|PIPE|EXPR|PLAN|ENG|EXEC|DATA|ML|STORE|API|CLI|TRIG|BEES|LABEL|FEAT|SET|DSET|LINE|SERVE|JOB|SWEEP|TRACK|SIM|QUOTA|KUBE|WORK|GIT|ELSA|VLPS)-\d{3})\b")]
    private static partial Regex DocumentedCode();
}
