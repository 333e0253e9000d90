using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Labels;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Labels;

public sealed class LabelImpressionsTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Every_impression_is_kept_once_whatever_the_feedback()
    {
        LabelImpressions.Outputs outputs = await Label(
            "id,x\n3,a\n1,b\n2,c\n,d\n",
            "id,kind\n1,click\n1,click\n1,buy\n9,click\n,click\n3,click\n",
            inputs => inputs with { Key = ["id"], Value = "kind" });

        Assert.Equal([["3", "a", "1", "click"], ["1", "b", "1", "click"], ["2", "c", "0", null], [null, "d", "0", null]], await _context.ReadAsync(outputs.Table));
        Assert.Equal((4, 2, 6), (outputs.Impressions, outputs.Clicks, outputs.Feedback));
        Assert.Equal((3, 1, 0, 2), (outputs.MatchedFeedback, outputs.DuplicateFeedback, outputs.OutsideWindow, outputs.UnmatchedFeedback));
    }

    [Fact]
    public async Task With_times_an_event_belongs_to_the_latest_impression_before_it_within_the_window()
    {
        LabelImpressions.Outputs outputs = await Label(
            "user,n,at\nu,1,2020-01-01 10:00\nu,2,2020-01-01 11:00\nv,3,2020-01-01 10:00\nv,4,2020-01-01 10:00\nw,5,2020-01-01 10:00\nx,6,2020-01-01 10:00\n",
            """
            who,time
            u,2020-01-01 11:05
            v,2020-01-01 10:30
            w,2020-01-01 10:30:01
            x,2020-01-01 09:59
            y,2020-01-01 10:00
            u,
            """,
            inputs => inputs with { Key = ["user"], FeedbackKey = ["who"], ImpressionTime = "at", FeedbackTime = "time", Window = TimeSpan.FromMinutes(30), Label = "clicked" });

        Assert.Equal([["1", "0"], ["2", "1"], ["3", "1"], ["4", "0"], ["5", "0"], ["6", "0"]], await _context.ReadAsync(outputs.Table, "n, clicked"));
        Assert.Equal((2, 0, 2, 2), (outputs.MatchedFeedback, outputs.DuplicateFeedback, outputs.OutsideWindow, outputs.UnmatchedFeedback));
    }

    [Fact]
    public async Task Events_with_the_same_id_are_one_event()
    {
        LabelImpressions.Outputs outputs = await Label("id,x\n1,a\n2,b\n", "event,id,at\ne1,1,5\ne1,1,6\ne2,2,7\n", inputs => inputs with { Key = ["id"], DeduplicateBy = ["event"] });

        Assert.Equal((2, 1, 2), (outputs.Clicks, outputs.DuplicateFeedback, outputs.MatchedFeedback));
    }

    [Fact]
    public async Task Empty_feedback_labels_everything_zero()
    {
        LabelImpressions.Outputs outputs = await Label("id,x\n1,a\n2,b\n", "id\n", inputs => inputs with { Key = ["x"], FeedbackKey = ["id"] });

        Assert.Equal((2, 0, 0), (outputs.Impressions, outputs.Clicks, outputs.Feedback));
    }

    [Theory]
    [InlineData("DATA-042", "id,x\n1,a\n1,b\n", "id\n1\n", "id", null, null)]
    [InlineData("DATA-041", "id,x\n1,a\n", "id\nq\n", "id", null, null)]
    [InlineData("DATA-043", "id,label\n1,a\n", "id\n1\n", "id", null, null)]
    [InlineData("DATA-031", "id,x\n1,a\n", "id\n1\n", "idd", null, null)]
    [InlineData("DATA-040", "id,x\n1,a\n", "id\n1\n", "id", null, 1)]
    [InlineData("DATA-040", "id,x\n1,a\n", "id\n1\n", "id", "x", -1)]
    [InlineData("DATA-041", "id,x\n1,a\n", "id\n1\n", "id", "x", 1)]
    public async Task What_cannot_be_joined_is_refused(string code, string impressions, string feedback, string key, string? time, int? minutes)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() =>
            Label(impressions, feedback, i => i with { Key = [key], ImpressionTime = time, FeedbackTime = time is null ? null : "id", Window = minutes is { } m ? TimeSpan.FromMinutes(m) : null }));

        Assert.Equal(code, problem.Code);
    }

    private async Task<LabelImpressions.Outputs> Label(string impressions, string feedback, Func<LabelImpressions.Inputs, LabelImpressions.Inputs> with) =>
        await _context.RunAsync(new LabelImpressions(), with(new() { Impressions = await Collect(impressions), Feedback = await Collect(feedback), Key = [] }));

    private async Task<ArtifactRef> Collect(string text) =>
        (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("a.csv", text) })).Table;
}
