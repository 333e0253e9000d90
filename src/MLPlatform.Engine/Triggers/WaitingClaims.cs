using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>Sees what waits to start, and lets <see cref="StartPolicy"/> decide what may.</summary>
internal sealed class WaitingClaims(ITriggerStore triggers, IRunStore runs)
{
    // Dependencies cost a query each; what lies behind so many older claims is looked at when they have gone.
    private const int MostExamined = 200;

    /// <summary>
    /// Decisions for every claim that waits. The claims are read before the runs: a claim that is not among them has a run
    /// that is counted, so no bound is ever exceeded, whatever other replicas do meanwhile.
    /// </summary>
    public async Task<StartDecision> DecideAsync(IReadOnlyList<ShelvedPipeline> pipelines, CancellationToken cancel)
    {
        IReadOnlyList<TriggerClaim> waiting = await triggers.ListWaitingAsync(cancel).ConfigureAwait(false);
        List<TriggerClaim> start = [];
        List<HeldClaim> held = [];
        foreach (IGrouping<string, TriggerClaim> group in waiting.GroupBy(CronClaims.PipelineOf))
        {
            ShelvedPipeline? pipeline = pipelines.FirstOrDefault(p => p.Id == group.Key);
            StartDecision decision = pipeline switch
            {
                null => new([], [.. group.Select(c => new HeldClaim(c, "the pipeline is no longer registered"))]),
                { Compiled: null } => new([], [.. group.Select(c => new HeldClaim(c, pipeline.Problem!))]),
                _ => await DecideAsync(pipeline, [.. group], cancel).ConfigureAwait(false),
            };
            start.AddRange(decision.Start);
            held.AddRange(decision.Held);
        }
        return new(start, held);
    }

    private async Task<StartDecision> DecideAsync(ShelvedPipeline pipeline, IReadOnlyList<TriggerClaim> waiting, CancellationToken cancel)
    {
        bool bounded = pipeline.Schedule.MaxActiveRuns is not null || waiting.Any(c => TriggerFacts.BackfillOf(c.FactsJson) is not null);
        (int active, Dictionary<string, int> backfills) = bounded
            ? await runs.CountActiveAsync(pipeline.Id, cancel).ConfigureAwait(false)
            : (0, []);
        List<StartCandidate> candidates = [];
        Dictionary<(string, DependencyWindow), bool> answers = [];
        foreach (TriggerClaim claim in waiting.Take(MostExamined))
            candidates.Add(new(claim, await UnmetAsync(pipeline, claim, answers, cancel).ConfigureAwait(false)));
        StartDecision decision = StartPolicy.Decide(new StartSituation
        {
            Candidates = candidates,
            ActiveRuns = active,
            ActiveBackfillRuns = backfills,
            MaxActiveRuns = pipeline.Schedule.MaxActiveRuns,
            Paused = pipeline.Revision.Paused,
        });
        return decision with
        {
            Held = [.. decision.Held, .. waiting.Skip(MostExamined).Select(c => new HeldClaim(c, $"waits behind {MostExamined} older ones"))],
        };
    }

    private async Task<string?> UnmetAsync(
        ShelvedPipeline pipeline, TriggerClaim claim, Dictionary<(string, DependencyWindow), bool> answers, CancellationToken cancel)
    {
        if (pipeline.Schedule.DependsOn.Count == 0 || TriggerFacts.Type(claim.FactsJson) is not ("cron" or "backfill"))
            return null;
        TimeZoneInfo zone = TriggerFacts.Zone(claim.FactsJson);
        foreach (ScheduleDependency dependency in pipeline.Schedule.DependsOn)
        {
            var window = DependencyWindow.Of(claim.LogicalDate, dependency.Offset, zone);
            if (!answers.TryGetValue((dependency.Pipeline, window), out bool met))
                answers[(dependency.Pipeline, window)] = met =
                    await runs.HasSucceededAsync(dependency.Pipeline, window, cancel).ConfigureAwait(false);
            if (!met)
                return $"waits for a run of '{dependency.Pipeline}' for {window} to succeed";
        }
        return null;
    }
}
