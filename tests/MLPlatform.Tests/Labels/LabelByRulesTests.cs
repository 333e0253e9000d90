using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Labels;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Labels;

public sealed class LabelByRulesTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task The_heavier_side_wins_a_tie_decides_nothing_and_the_report_adds_up()
    {
        LabelByRules.Outputs outputs = await RunAsync(
            When("money", "spam", "text ILIKE '%cash%'"), When("shout", "spam", "text = upper(text)"),
            When("hello", "ham", "text ILIKE 'hi%'"), When("null", "ham", "NULL"));
        Assert.Equal(["1 spam 1 1", "2 ham 1 1", "3  0.5 2", "4   0", "5 spam 0.6666666666666666 3"],
            (await _context.ReadAsync(outputs.Table, "id, label, confidence, votes")).Select(r => string.Join(' ', r)));
        Assert.Equal((5, 3, 1, 2, 2d / 3), (outputs.Rows, outputs.Labeled, outputs.Tied, outputs.Conflicts, outputs.Accuracy!.Value));
        Assert.Equal(["money 3 0.6 2 2 3 1", "shout 1 0.2 1 1 1 0", "hello 3 0.6 2 2 3 3", "null 0 0 0 0 0 0"],
            (await _context.ReadAsync(outputs.Report, "rule, fired, coverage, overlapping, conflicting, judged, correct")).Select(r => string.Join(' ', r)));
    }

    [Fact]
    public async Task Weights_break_a_tie() => Assert.Equal("ham", (await _context.ReadAsync((await RunAsync(
        When("money", "spam", "text LIKE '%cash%'"), When("hello", "ham", "text ILIKE 'hi%'") with { Weight = 2 })).Table, "label"))[2][0]);

    [Theory]
    [InlineData("LABEL-031", "nope = 1")]
    [InlineData("LABEL-031", "true) FROM rows; SELECT (1")]
    [InlineData("LABEL-031", "(SELECT count(*) FROM read_text('/etc/hostname')) > 0")]
    [InlineData("LABEL-031", "")]
    public async Task A_condition_that_cannot_be_used_is_refused_with_its_name(string code, string when)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => RunAsync(When("bad", "spam", when)));
        Assert.Equal(code, problem.Code);
        Assert.Contains("'bad'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_of_votes_counts_as_a_rule_and_its_report_adds_up()
    {
        LabelByRules.Outputs outputs = await RunAsync(
            new LabelByRules.Rule { Name = "script", Column = "known" }, When("cash", "money", "text LIKE '%cash%'") with { Weight = 3 });
        Assert.Equal(["1 money 0.75 2", "2 ham 1 1", "3 money 0.75 2", "4   0", "5 ham 1 1"],
            (await _context.ReadAsync(outputs.Table, "id, label, confidence, votes")).Select(r => string.Join(' ', r)));
        Assert.Equal(["script  4 2 2 4 4", "cash money 2 2 2 2 0"],
            (await _context.ReadAsync(outputs.Report, "rule, votes_for, fired, overlapping, conflicting, judged, correct")).Select(r => string.Join(' ', r)));
    }

    [Fact]
    public async Task A_column_without_any_vote_labels_nothing()
    {
        LabelByRules.Outputs outputs = await RunAsync(new LabelByRules.Rule { Name = "none", Column = "empty" });
        Assert.Equal((5, 0, 0), (outputs.Rows, outputs.Labeled, outputs.Tied));
    }

    [Theory]
    [InlineData("DATA-031", "knwn", null, null)]
    [InlineData("LABEL-033", "known", "ham", null)]
    [InlineData("LABEL-033", null, "ham", null)]
    [InlineData("LABEL-033", null, null, "true")]
    [InlineData("LABEL-033", null, null, null)]
    public async Task A_rule_is_a_condition_with_its_label_or_a_column(string code, string? column, string? label, string? when) => Assert.Equal(code,
        (await Assert.ThrowsAsync<ActivityException>(() => RunAsync(new LabelByRules.Rule { Name = "r", Column = column, Label = label, When = when }))).Code);

    private static LabelByRules.Rule When(string name, string label, string when) => new() { Name = name, Label = label, When = when };

    private async Task<LabelByRules.Outputs> RunAsync(params LabelByRules.Rule[] rules)
    {
        ArtifactRef table = (await _context.RunAsync(new CollectBees(), new CollectBees.Inputs
        {
            Source = _context.Write("in.csv", "id,text,known,empty\n1,free cash,spam,\n2,hi there,ham,\n3,hi cash,ham,\n4,ok,,\n5,HI CASH,ham,\n"u8.ToArray()),
        })).Table;
        return await _context.RunAsync(new LabelByRules(), new LabelByRules.Inputs { Table = table, Rules = rules, Truth = "known" });
    }
}
