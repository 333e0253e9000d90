using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Labels;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.Tests.Labels;

public sealed class LabelFunnelTests : IDisposable
{
    private const string Impressions = "user,app,at\nu,a,2026-01-01 10:00\nu,a,2026-01-01 12:00\nv,a,2026-01-01 10:00\nw,b,2026-01-01 20:00\n";
    private const string Clicks = "user,app,time\nu,a,2026-01-01 10:10\nu,a,2026-01-01 12:01\nu,a,2026-01-01 12:02\nv,a,2026-01-01 11:30\n";
    private const string Downloads = "user,app,time,size\nu,a,2026-01-01 12:30,7\nu,a,2026-01-01 12:20,5\nz,a,2026-01-01 12:20,5\n";

    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Each_step_follows_the_one_before_and_an_event_belongs_to_one_impression()
    {
        LabelFunnel.Outputs outputs = await Label(inputs => inputs with { AsOf = new(2026, 1, 3, 0, 0, 0, TimeSpan.Zero) });

        Assert.Equal(
            ["u 1 2026-01-01 10:10:00.000000 True 0  True ", "u 1 2026-01-01 12:01:00.000000 True 1 2026-01-01 12:20:00.000000 True 5", "v 0  True 0  True ", "w 0  True 0  True "],
            (await _context.ReadAsync(outputs.Table, "user, click, click_at, click_final, download, download_at, download_final, size")).Select(r => string.Join(' ', r)));
        Assert.Equal((4, 4, 0), (outputs.Impressions, outputs.Rows, outputs.Provisional));
        Assert.Equal(new FunnelStepOutcome("click", 2, 0, 4, 3, 0, 1, 0, 0), outputs.Steps[0]);
        Assert.Equal(new FunnelStepOutcome("download", 1, 0, 3, 2, 0, 0, 1, 0), outputs.Steps[1]);
    }

    [Theory]
    [InlineData("2026-01-01T11:00:00Z", "1/1 0/0", "0/0 0/0", "0/0 0/0", "0/0 0/0")] // u's click is 50 minutes ago, its download may come; v's hour ends only now
    [InlineData("2026-01-01T12:10:00Z", "1/1 0/0", "1/1 0/0", "0/1 0/1", "0/0 0/0")]
    [InlineData("2026-01-01T12:10:00.000001Z", "1/1 0/1", "1/1 0/0", "0/1 0/1", "0/0 0/0")]
    [InlineData("2026-01-01T12:25:00Z", "1/1 0/1", "1/1 1/1", "0/1 0/1", "0/0 0/0")]
    [InlineData("2026-01-01T21:00:00Z", "1/1 0/1", "1/1 1/1", "0/1 0/1", "0/0 0/0")]
    [InlineData("2026-01-01T21:00:00.000001Z", "1/1 0/1", "1/1 1/1", "0/1 0/1", "0/1 0/1")]
    public async Task A_label_is_final_once_nothing_can_change_it(string asOf, params string[] expected)
    {
        LabelFunnel.Outputs outputs = await Label(inputs => inputs with { AsOf = DateTimeOffset.Parse(asOf, null) });

        Assert.Equal(expected, (await _context.ReadAsync(outputs.Table, "click, click_final::INT, download, download_final::INT")).Select(r => $"{r[0]}/{r[1]} {r[2]}/{r[3]}"));
        Assert.Equal(expected.Count(e => e.Contains("/0", StringComparison.Ordinal)), outputs.Provisional);
    }

    [Fact]
    public async Task What_arrived_later_was_not_known()
    {
        LabelFunnel.Outputs outputs = await Label(
            inputs => inputs with { AsOf = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero), Steps = [inputs.Steps[0] with { ArrivalTime = "known" }] },
            clicks: "user,app,time,known\nu,a,2026-01-01 10:10,2026-01-02 00:00\nv,a,2026-01-01 10:10,2026-01-02 00:00:01\n");

        Assert.Equal((1, 1), (outputs.Steps[0].Reached, outputs.Steps[0].NotYetKnown));
    }

    [Fact]
    public async Task Provisional_rows_can_be_left_out_and_the_default_instant_is_the_latest_one_seen()
    {
        LabelFunnel.Outputs outputs = await Label(inputs => inputs with { Provisional = ProvisionalRows.Drop });

        Assert.Equal(new DateTimeOffset(2026, 1, 1, 20, 0, 0, TimeSpan.Zero), outputs.AsOf);
        Assert.Equal((4, 3, 1), (outputs.Impressions, outputs.Rows, outputs.Provisional));
    }

    [Fact]
    public async Task Sampled_negatives_weigh_what_they_stand_for_and_positives_stay()
    {
        string many = "user,app,at\n" + string.Concat(Enumerable.Range(0, 4000).Select(i => $"n{i},a,2026-01-01 10:00\n")) + "u,a,2026-01-01 10:00\n";
        NegativeSampling tenth = new() { Keep = 0.1, Seed = 7 };

        LabelFunnel.Outputs outputs = await Label(inputs => inputs with { Negatives = tenth }, many);
        LabelFunnel.Outputs again = await Label(inputs => inputs with { Negatives = tenth }, many);
        LabelFunnel.Outputs other = await Label(inputs => inputs with { Negatives = tenth with { Seed = 8 } }, many);

        List<string?[]> weights = await _context.ReadAsync(outputs.Table, "click, weight, count(*)", "GROUP BY ALL ORDER BY click");
        Assert.Equal(["0 10", "1 1"], weights.Select(w => $"{w[0]} {w[1]}"));
        Assert.InRange(int.Parse(weights[0][2]!, null), 320, 480); // Four standard deviations around 400.
        Assert.Equal(outputs.Table.Hash, again.Table.Hash);
        Assert.NotEqual(outputs.Table.Hash, other.Table.Hash);
    }

    [Fact]
    public async Task Nothing_at_all_is_labeled_too()
    {
        LabelFunnel.Outputs outputs = await Label(inputs => inputs, "user,app,at\n", "user,app,time\n", "user,app,time,size\n");

        Assert.Equal((0, 0, null), (outputs.Impressions, outputs.Rows, outputs.AsOf));
    }

    [Theory]
    [InlineData("LABEL-050", "window")]
    [InlineData("LABEL-050", "keys")]
    [InlineData("LABEL-051", "names")]
    [InlineData("LABEL-051", "sampling")]
    [InlineData("DATA-041", "time")]
    [InlineData("DATA-043", "taken")]
    [InlineData("DATA-031", "column")]
    public async Task What_does_not_fit_is_refused(string code, string what)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Label(inputs => what switch
        {
            "window" => inputs with { Steps = [inputs.Steps[0] with { Window = TimeSpan.FromSeconds(-1) }] },
            "keys" => inputs with { Steps = [inputs.Steps[0] with { Key = ["user"] }] },
            "names" => inputs with { Steps = [inputs.Steps[0], inputs.Steps[1] with { Name = "Click" }] },
            "sampling" => inputs with { Negatives = new() { Keep = 0.5, Step = "clicks" } },
            "time" => inputs with { Time = "user" },
            "taken" => inputs with { Steps = [inputs.Steps[0] with { Name = "app" }] },
            _ => inputs with { Steps = [inputs.Steps[0] with { Time = "times" }] },
        }));

        Assert.Equal(code, problem.Code);
    }

    private async Task<LabelFunnel.Outputs> Label(
        Func<LabelFunnel.Inputs, LabelFunnel.Inputs> with, string impressions = Impressions, string clicks = Clicks, string downloads = Downloads) =>
        await _context.RunAsync(new LabelFunnel(), with(new()
        {
            Impressions = await Collect(impressions, "at"),
            Key = ["user", "app"],
            Time = "at",
            Steps =
            [
                new() { Name = "click", Events = await Collect(clicks, "time", "known"), Time = "time", Window = TimeSpan.FromHours(1) },
                new() { Name = "download", Events = await Collect(downloads, "time"), Time = "time", Window = TimeSpan.FromHours(2), Value = "size" },
            ],
        }));

    private async Task<ArtifactRef> Collect(string text, params string[] times) =>
        (await _context.RunAsync(new CollectBees(), new()
        {
            Source = _context.Write("a.csv", text),
            Columns = [.. text[..text.IndexOf('\n', StringComparison.Ordinal)].Split(',').Select(c => new ColumnSpec
            {
                Name = c,
                Type = times.Contains(c) ? Activities.Tables.ColumnType.Timestamp : c == "size" ? Activities.Tables.ColumnType.Int64 : Activities.Tables.ColumnType.String,
            })],
        })).Table;
}
