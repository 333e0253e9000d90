using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Samples.AppStore;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Samples;

/// <summary>Makes up the logs of an app store, so that a pipeline has something to work on where there is no real input.</summary>
[Activity("sample.appstore")]
[Description("Writes the impression and feedback logs of a simulated app store; the same inputs give the same bytes.")]
public sealed class SimulateAppStore : IActivity<SimulateAppStore.Inputs, SimulateAppStore.Outputs>
{
    public sealed record Inputs
    {
        /// <summary>Another seed makes another store. Default: 1.</summary>
        public int Seed { get; init; } = 1;

        /// <summary>The first day of the logs. Default: 2026-01-01.</summary>
        public DateOnly Start { get; init; } = new(2026, 1, 1);

        [Range(1, 3650)] public int Days { get; init; } = 7;

        [Range(1, 100_000_000)] public int Users { get; init; } = 1000;

        [Range(1, 10_000_000)] public int Apps { get; init; } = 200;

        [Range(5, 50_000_000)] public int ImpressionsPerDay { get; init; } = 30_000;
    }

    /// <param name="Impressions">A folder of JSON lines: which app was shown to whom, where and when.</param>
    /// <param name="Feedback">A folder of JSON lines: clicks and downloads that refer to impressions.</param>
    /// <param name="ImpressionLines">Lines in the impression log.</param>
    /// <param name="SoundImpressions">Impressions that cleaning must keep.</param>
    /// <param name="FeedbackLines">Lines in the feedback log.</param>
    /// <param name="SoundFeedback">Feedback events that cleaning must keep.</param>
    /// <param name="Clicked">Impressions that the label join must find clicked.</param>
    /// <param name="BayesAuc">The AUC of the true click probabilities.</param>
    public sealed record Outputs(
        ArtifactRef Impressions, ArtifactRef Feedback, long ImpressionLines, long SoundImpressions,
        long FeedbackLines, long SoundFeedback, long Clicked, double BayesAuc);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        AppStoreSettings settings = new()
        {
            Seed = inputs.Seed,
            Start = inputs.Start,
            Days = inputs.Days,
            Users = inputs.Users,
            Apps = inputs.Apps,
            ImpressionsPerDay = inputs.ImpressionsPerDay,
        };
        string impressions = Path.Combine(context.ScratchFolder, "impressions");
        string feedback = Path.Combine(context.ScratchFolder, "feedback");
        AppStoreTruth truth = await AppStoreSimulator.WriteAsync(
            impressions, feedback, settings, done => context.Progress(0.9 * done), cancel);
        Log(context, "impressions", truth.Impressions);
        Log(context, "feedback", truth.Feedback);
        context.Log($"{truth.Clicked} clicked, {truth.Downloaded} downloaded, {truth.AfterWindow} clicks too late, {truth.Orphans} on unknown requests");
        context.Log($"the true click probabilities have an AUC of {truth.BayesAuc:F4}");
        return new Outputs(
            await context.Artifacts.PutFolderAsync(impressions, "folder", cancel),
            await context.Artifacts.PutFolderAsync(feedback, "folder", cancel),
            truth.Impressions.Lines, truth.Impressions.Sound, truth.Feedback.Lines, truth.Feedback.Sound, truth.Clicked, truth.BayesAuc);
    }

    private static void Log(ActivityContext context, string log, LogTruth truth) => context.Log(
        $"{log}: {truth.Lines} lines = {truth.Sound} sound + {truth.Duplicates} duplicates + {truth.Broken} broken"
        + $" + {truth.WrongType} of a wrong type + {truth.MissingField} with a missing field; {truth.Late} of them late");
}
