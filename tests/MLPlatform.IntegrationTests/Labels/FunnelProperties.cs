using System.Globalization;
using CsCheck;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Labels;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Labels;

/// <summary>Whatever the events, a plain reading of the rules in C# finds the same labels, and a final label never changes.</summary>
public sealed class FunnelProperties
{
    private const int Window1 = 4, Window2 = 3, Horizon = 12;

    private sealed record Event(int Key, int Minute);

    private sealed record Label(bool Click, bool ClickFinal, bool Download, bool DownloadFinal);

    // Many keys with a few events each: every table is many small histories at once.
    private static readonly Gen<Event[]> Events = Gen.Select(Gen.Int[0, 299], Gen.Int[0, Horizon]).Select((key, minute) => new Event(key, minute)).Array[0, 1200];

    [Fact]
    public void Labels_are_what_the_rules_say() => Gen.Select(Events, Events, Events, Gen.Int[0, Horizon + Window1 + Window2]).Sample((impressions, clicks, downloads, asOf) =>
    {
        using TestActivityContext context = new();
        Assert.Equal(Expected(impressions, clicks, downloads, asOf), Actual(context, impressions, clicks, downloads, asOf));
    }, iter: 12);

    [Fact]
    public void What_is_final_stays_when_more_becomes_known() => Gen.Select(Events, Events, Events, Gen.Int[0, Horizon], Gen.Int[1, 12]).Sample((impressions, clicks, downloads, asOf, later) =>
    {
        using TestActivityContext context = new();
        List<Label> then = Actual(context, impressions, clicks, downloads, asOf), now = Actual(context, impressions, clicks, downloads, asOf + later);
        Assert.All(then.Zip(now), both =>
        {
            if (both.First.ClickFinal)
                Assert.Equal(both.First.Click, both.Second.Click);
            if (both.First.DownloadFinal)
                Assert.Equal(both.First.Download, both.Second.Download);
        });
    }, iter: 12);

    private static List<Label> Expected(Event[] impressions, Event[] clicks, Event[] downloads, int asOf)
    {
        List<(int Impression, Event At)> shown = [.. impressions.Select((e, i) => (i, e))];
        List<(int Impression, Event At)> clicked = Attribute(shown, clicks, Window1, asOf), downloaded = Attribute(clicked, downloads, Window2, asOf);
        return [.. impressions.Select((impression, i) =>
        {
            int[] at = [.. clicked.Where(c => c.Impression == i).Select(c => c.At.Minute)];
            bool got = downloaded.Any(d => d.Impression == i), noClickCanCome = impression.Minute + Window1 < asOf;
            return new Label(at.Length > 0, at.Length > 0 || noClickCanCome, got, got || (noClickCanCome && at.All(t => t + Window2 < asOf)));
        })];
    }

    /// <summary>Each distinct event goes to the latest thing of its key not later than it; of several at one time to the first, if it is near enough.</summary>
    private static List<(int, Event)> Attribute(List<(int Impression, Event At)> things, Event[] events, int window, int asOf) =>
        [.. from e in events.Distinct()
            where e.Minute <= asOf
            let before = things.Where(t => t.At.Key == e.Key && t.At.Minute <= e.Minute).OrderByDescending(t => t.At.Minute).ThenBy(t => t.Impression).ToList()
            where before.Count > 0 && e.Minute - before[0].At.Minute <= window
            select (before[0].Impression, e)];

    private static List<Label> Actual(TestActivityContext context, Event[] impressions, Event[] clicks, Event[] downloads, int asOf)
    {
        LabelFunnel.Outputs outputs = context.RunAsync(new LabelFunnel(), new()
        {
            Impressions = Table(context, impressions),
            Key = ["key"],
            Time = "at",
            AsOf = Minute(asOf),
            Steps =
            [
                new() { Name = "click", Events = Table(context, clicks), Time = "at", Window = TimeSpan.FromMinutes(Window1), DeduplicateBy = ["key", "at"] },
                new() { Name = "download", Events = Table(context, downloads), Time = "at", Window = TimeSpan.FromMinutes(Window2), DeduplicateBy = ["key", "at"] },
            ],
        }).GetAwaiter().GetResult();
        Assert.All(outputs.Steps, step => Assert.Equal(step.Events, step.Matched + step.Duplicate + step.OutsideWindow + step.Unmatched + step.NotYetKnown));
        return [.. context.ReadAsync(outputs.Table, "click, click_final, download, download_final", "ORDER BY n").GetAwaiter().GetResult()
            .Select(r => new Label(r[0] == "1", r[1] == "True", r[2] == "1", r[3] == "True"))];
    }

    private static ArtifactRef Table(TestActivityContext context, Event[] events) => context.RunAsync(new CollectBees(), new()
    {
        Source = context.Write("t.csv", "n,key,at\n" + string.Concat(events.Select((e, n) => string.Create(CultureInfo.InvariantCulture, $"{n},{e.Key},{Minute(e.Minute):yyyy-MM-dd HH:mm}\n")))),
        Columns =
        [
            new() { Name = "n", Type = ColumnType.Int64 }, new() { Name = "key", Type = ColumnType.Int64 }, new() { Name = "at", Type = ColumnType.Timestamp },
        ],
    }).GetAwaiter().GetResult().Table;

    private static DateTimeOffset Minute(int minute) => new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(minute);
}
