using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Samples.AppStore;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Samples;

/// <summary>
/// Plays a day of the simulated app store against a deployment: what people are shown is what the deployed model
/// recommends, they react to it, and their clicks come back as feedback. From some day on the fashion turns.
/// </summary>
[Activity("sample.appstore.visit", Cacheable = false)]
[Description("Plays a day of the simulated app store against a deployment: its model recommends, people react, and their clicks are sent as feedback.")]
public sealed class VisitAppStore : IActivity<VisitAppStore.Inputs, VisitAppStore.Outputs>
{
    public sealed record Inputs
    {
        [Description("Where the platform listens, such as http://127.0.0.1:5080.")]
        public required string Server { get; init; }

        [Description("The deployment that recommends.")]
        public required string Deployment { get; init; }

        [Description("The day, from 0 at start."), Range(0, 3650)]
        public required int Day { get; init; }

        [Description("The store; the same seed, users and apps as in sample.appstore are the same people and apps. Default: 1.")]
        public int Seed { get; init; } = 1;

        [Description("The day 0. Default: 2026-01-01.")]
        public DateOnly Start { get; init; } = new(2026, 1, 1);

        [Range(1, 100_000_000)] public int Users { get; init; } = 1000;

        [Range(10, 10_000_000)] public int Apps { get; init; } = 200;

        [Description("Requests of the day. Default: 2000."), Range(1, 10_000_000)]
        public int Requests { get; init; } = 2000;

        [Description("Apps that each request chooses from. Default: 20."), Range(2, 1000)]
        public int Candidates { get; init; } = 20;

        [Description("Apps that are shown. Default: 5."), Range(1, 100)]
        public int Shown { get; init; } = 5;

        [Description("The share of places given to any of the candidates, so that something is learned about all. Default: 0.2."), Range(0, 1)]
        public double Explore { get; init; } = 0.2;

        [Description("The first day on which the fashion turns. Default: never.")]
        public int? TurnsFrom { get; init; }

        [Description("How many days the turn takes. Default: 3."), Range(1, 1000)]
        public int TurnsDays { get; init; } = 3;

        [Description("How far it turns: 90 makes the old taste worthless, 180 the opposite. Default: 90."), Range(0, 180)]
        public double TurnsDegrees { get; init; } = 90;
    }

    /// <param name="Impressions">Apps that were shown.</param>
    /// <param name="Clicks">How many of them were clicked.</param>
    /// <param name="ClickThrough">Clicks over impressions.</param>
    /// <param name="BestClickThrough">What somebody who knows every taste would have got, without exploring.</param>
    /// <param name="Auc">How well the model orders all candidates; only the simulator knows what would have been clicked.</param>
    /// <param name="Versions">The versions of the model that answered.</param>
    public sealed record Outputs(long Impressions, long Clicks, double ClickThrough, double BestClickThrough, double Auc, IReadOnlyList<int> Versions);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        TasteTurn turn = new(inputs.TurnsFrom ?? int.MaxValue, inputs.TurnsDays, inputs.TurnsDegrees);
        LivingStore store = new(new AppStoreSettings { Seed = inputs.Seed, Start = inputs.Start, Users = inputs.Users, Apps = inputs.Apps }, turn);
        using StoreFront front = new(inputs);
        DayOfVisits day = new(store, front, inputs);
        Outputs outputs = await day.LiveAsync(done => context.Progress(done), cancel).ConfigureAwait(false);
        context.Report("clickThrough", outputs.ClickThrough, inputs.Day);
        context.Report("auc", outputs.Auc, inputs.Day);
        context.Log($"day {inputs.Day}: {outputs.Impressions} impressions, {outputs.Clicks} clicks, by version {string.Join(", ", outputs.Versions)}");
        return outputs;
    }
}
