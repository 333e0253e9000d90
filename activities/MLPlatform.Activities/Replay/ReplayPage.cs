using System.Globalization;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Replay;

/// <summary>A replay as a page: both curves, and each step with what the gate said.</summary>
internal static class ReplayPage
{
    public static string Render(string title, IReadOnlyList<ReplayStep> steps, PairedComparison? comparison, ReplayModel.Inputs inputs)
    {
        string name = Verdict.NameOf(inputs.Metric);
        string cards = Page.Cards(
        [
            ("Stayed as it was", Page.Figure(comparison?.Champion), name),
            ("Retrained", Page.Figure(comparison?.Candidate), name),
            ("Improvement", comparison is null ? "–" : Page.Signed(comparison.Improvement), "positive is better"),
            ("Interval", comparison is null ? "–" : $"{Page.Signed(comparison.Low)} to {Page.Signed(comparison.High)}", "paired bootstrap, 95 %"),
            ("Promotions", $"{steps.Count(s => s.Promoted)} of {steps.Count - 1}", "new models that passed the gate"),
        ]);
        string curves = "<div class=\"grid\">"
            + Page.Panel("AUC", "Of each step, before anything learned from it.", Curve("AUC", "AUC", steps, s => s.FrozenAuc, s => s.RetrainedAuc))
            + Page.Panel("Log loss", "Less is better.", Curve("Log loss", "log loss", steps, s => s.FrozenLogLoss, s => s.RetrainedLogLoss))
            + "</div>";
        string table = Page.Panel("Steps", "Age: steps since the newest that the champion had learned from.", Page.Table(
            ["Step", "Rows", "Positives", "AUC stayed", "AUC retrained", "Log loss stayed", "Log loss retrained", "Age", "After it"],
            steps.Select(s => new[]
            {
                Day(s, inputs), Page.Count(s.Rows), Page.Count(s.Positives), Page.Figure(s.FrozenAuc), Page.Figure(s.RetrainedAuc),
                Page.Figure(s.FrozenLogLoss), Page.Figure(s.RetrainedLogLoss), Page.Count(s.Age), s.Why,
            })), "wide");
        return Page.Render(
            title, $"A replay of {Page.Count(steps.Sum(s => s.Rows))} rows in {steps.Count} steps: one model stayed as it was, one was retrained after each step", cards + curves + table);
    }

    private static string Curve(
        string label, string axis, IReadOnlyList<ReplayStep> steps, Func<ReplayStep, double?> frozen, Func<ReplayStep, double?> retrained) =>
        new SeriesChart(label, "step", axis, [.. steps.Select(s => s.Number.ToString(CultureInfo.InvariantCulture))])
            .Add("stayed", "bar2", [.. steps.Select(frozen)])
            .Add("retrained", "bar", [.. steps.Select(retrained)])
            .ToString();

    private static string Day(ReplayStep step, ReplayModel.Inputs inputs) =>
        step.From.ToString(inputs.Step.Ticks % TimeSpan.TicksPerDay == 0 ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
