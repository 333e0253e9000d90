using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Samples;

/// <summary>Draws what became of a model that stayed as it was beside one that was retrained on feedback.</summary>
[Activity("sample.appstore.compare")]
[Description("Makes a page of days in the simulated app store: a model that stayed as it was beside one that was retrained.")]
public sealed class CompareAppStore : IActivity<CompareAppStore.Inputs, CompareAppStore.Outputs>
{
    public sealed record Inputs
    {
        [Description("The days, in order."), MinLength(1)]
        public required IReadOnlyList<Day> Days { get; init; }
    }

    /// <param name="Number">The day, from 0.</param>
    /// <param name="Looped">What the retrained model got.</param>
    /// <param name="Frozen">What the one that stayed got.</param>
    /// <param name="Note">What happened after it.</param>
    public sealed record Day(int Number, VisitAppStore.Outputs Looped, VisitAppStore.Outputs Frozen, string? Note = null);

    /// <param name="Report">The page.</param>
    /// <param name="FrozenClickThrough">Over all days.</param>
    /// <param name="LoopedClickThrough">Over all days.</param>
    /// <param name="ExtraClicks">Clicks that retraining won.</param>
    public sealed record Outputs(ArtifactRef Report, double FrozenClickThrough, double LoopedClickThrough, long ExtraClicks);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "report")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), Render(inputs.Days), cancel).ConfigureAwait(false);
        ArtifactRef report = await context.Artifacts.PutFolderAsync(folder, "report", cancel).ConfigureAwait(false);
        return new Outputs(
            report, Rate(inputs.Days, d => d.Frozen), Rate(inputs.Days, d => d.Looped),
            inputs.Days.Sum(d => d.Looped.Clicks) - inputs.Days.Sum(d => d.Frozen.Clicks));
    }

    private static string Render(IReadOnlyList<Day> days)
    {
        string[] names = [.. days.Select(d => d.Number.ToString(CultureInfo.InvariantCulture))];
        string cards = Page.Cards(
        [
            ("Click-through, stayed", Page.Figure(Rate(days, d => d.Frozen)), "over all days"),
            ("Click-through, retrained", Page.Figure(Rate(days, d => d.Looped)), "over all days"),
            ("Clicks won", Page.Count(days.Sum(d => d.Looped.Clicks) - days.Sum(d => d.Frozen.Clicks)), "by retraining on feedback"),
            ("Versions", Page.Count(days.SelectMany(d => d.Looped.Versions).Distinct().Count()), "answered in the loop"),
        ]);
        string charts = "<div class=\"grid\">"
            + Page.Panel("Click-through", "What people did about what they were shown, and what knowing every taste would have got.", new SeriesChart("Click-through by day", "day", "click-through", names)
                .Add("stayed", "bar2", [.. days.Select(d => (double?)d.Frozen.ClickThrough)])
                .Add("retrained", "bar", [.. days.Select(d => (double?)d.Looped.ClickThrough)])
                .Add("best possible", "soft", [.. days.Select(d => (double?)d.Frozen.BestClickThrough)]).ToString())
            + Page.Panel("AUC", "Over all candidates; only the simulator knows what would have been clicked.", new SeriesChart("AUC by day", "day", "AUC", names)
                .Add("stayed", "bar2", [.. days.Select(d => (double?)d.Frozen.Auc)])
                .Add("retrained", "bar", [.. days.Select(d => (double?)d.Looped.Auc)]).ToString())
            + "</div>";
        string table = Page.Panel("Days", "", Page.Table(
            ["Day", "Click-through stayed", "retrained", "best possible", "AUC stayed", "retrained", "Version", "After it"],
            days.Select(d => new[]
            {
                d.Number.ToString(CultureInfo.InvariantCulture), Page.Figure(d.Frozen.ClickThrough), Page.Figure(d.Looped.ClickThrough), Page.Figure(d.Frozen.BestClickThrough),
                Page.Figure(d.Frozen.Auc), Page.Figure(d.Looped.Auc), string.Join(", ", d.Looped.Versions), d.Note ?? "",
            })), "wide");
        return Page.Render("The loop, closed", $"{days.Count} days of a simulated app store: the same people, one model that stayed as it was and one that was retrained on their feedback", cards + charts + table);
    }

    private static double Rate(IReadOnlyList<Day> days, Func<Day, VisitAppStore.Outputs> of) => days.Sum(d => of(d).Clicks) / (double)Math.Max(1, days.Sum(d => of(d).Impressions));
}
