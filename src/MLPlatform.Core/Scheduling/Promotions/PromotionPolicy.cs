using System.Globalization;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Promotions;

/// <summary>A run that succeeded or failed; those that were cancelled say nothing of the pipeline.</summary>
/// <param name="Score">The mean score of its attempts, from 0 to 100; null where none held anything.</param>
public readonly record struct EndedRun(bool Failed, double? Score, DateTimeOffset EndedAt);

/// <summary>Whether a pipeline keeps to a rule.</summary>
/// <param name="Fits">Null where too few runs tell.</param>
/// <param name="Reasons">In words and numbers.</param>
public sealed record PromotionVerdict(bool? Fits, string Reasons);

/// <summary>Decides which pipelines move between pools. Pure.</summary>
public static class PromotionPolicy
{
    /// <summary>Who is said to have decided where the rule does.</summary>
    public const string Rule = "rule";

    /// <param name="newest">Newest first; those beyond the rule's number are not looked at.</param>
    public static PromotionVerdict Judge(PromotionRule rule, IReadOnlyList<EndedRun> newest)
    {
        EndedRun[] runs = [.. newest.Take(rule.Runs)];
        int failed = runs.Count(r => r.Failed);
        double[] scores = [.. runs.Where(r => r.Score is not null).Select(r => r.Score!.Value)];
        double? score = scores.Length > 0 ? scores.Average() : null;
        string reasons = string.Create(CultureInfo.InvariantCulture,
            $"{failed} of {runs.Length} runs failed (at most {rule.MaxFailed * 100:0.##} % of {rule.Runs} may); ")
            + (score is { } mean ? string.Create(CultureInfo.InvariantCulture, $"mean score {mean:0.#} over {scores.Length} runs (at least {rule.MinScore:0.#})") : "no score is known");
        // So many have failed that it does not fit however the rest end.
        if (failed > rule.MaxFailed * rule.Runs)
            return new PromotionVerdict(false, reasons);
        if (runs.Length < rule.Runs)
            return new PromotionVerdict(null, string.Create(CultureInfo.InvariantCulture, $"{reasons}; {rule.Runs - runs.Length} more runs are needed"));
        return new PromotionVerdict(score is { } known ? known >= rule.MinScore : rule.MinScore <= 0, reasons);
    }

    /// <summary>What is to be written down about a pipeline by a rule, or null.</summary>
    /// <param name="history">The pipeline's promotions.</param>
    /// <param name="inFrom">Its ended runs that asked for the rule's <c>from</c>, newest first.</param>
    /// <param name="inTo">Its ended runs that got the rule's <c>to</c>, newest first.</param>
    public static Promotion? Decide(
        PromotionRule rule, string pipeline, IReadOnlyList<Promotion> history, IReadOnlyList<EndedRun> inFrom, IReadOnlyList<EndedRun> inTo, DateTimeOffset now)
    {
        if (history.FirstOrDefault(p => p.State == PromotionState.InForce && p.From == rule.From && p.To == rule.To) is { } inForce)
        {
            if (history.Any(p => p.Undoes == inForce.Id && p.State == PromotionState.Proposed))
                return null;
            // What a person refused to undo is judged by what ran since.
            DateTimeOffset since = history.Where(p => p.Undoes == inForce.Id).Select(p => p.DecidedAt).Append(inForce.DecidedAt).Max() ?? inForce.ProposedAt;
            PromotionVerdict back = Judge(rule, [.. inTo.Where(r => r.EndedAt > since)]);
            return back.Fits == false ? new Promotion(Guid.CreateVersion7(now), pipeline, rule.To, rule.From, PromotionState.Proposed, back.Reasons, now, Undoes: inForce.Id) : null;
        }
        Promotion[] same = [.. history.Where(p => !p.IsDemotion && p.From == rule.From && p.To == rule.To)];
        if (same.Any(p => p.State == PromotionState.Proposed))
            return null;
        DateTimeOffset decided = same.Select(p => p.DecidedAt).Max() ?? DateTimeOffset.MinValue;
        PromotionVerdict verdict = Judge(rule, [.. inFrom.Where(r => r.EndedAt > decided)]);
        if (verdict.Fits != true)
            return null;
        Promotion made = new(Guid.CreateVersion7(now), pipeline, rule.From, rule.To, PromotionState.Proposed, verdict.Reasons, now);
        return rule.Mode == PromotionMode.Apply ? made with { State = PromotionState.InForce, DecidedBy = Rule, DecidedAt = now } : made;
    }
}
