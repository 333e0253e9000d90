using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Plans;

namespace MLPlatform.Engine.Triggers;

/// <summary>Plans the run of a claim.</summary>
internal static class TriggeredPlan
{
    /// <summary>The plan, or null and why the run cannot be planned, with its code.</summary>
    public static (RunPlan? Plan, string? Problem) Of(ShelvedPipeline pipeline, TriggerClaim claim)
    {
        PlanResult result = RunPlanner.Plan(pipeline.Compiled!, new PlanRequest
        {
            Parameters = TriggerFacts.Parameters(claim.FactsJson),
            Trigger = JsonElement.Parse(claim.FactsJson),
            LogicalDate = claim.LogicalDate,
            Folder = pipeline.Revision.Folder,
            CallerFolder = pipeline.Revision.Folder, // Parameters of triggers are written in the file, too.
        });
        return result.Plan is { } plan ? (GitCode.Located(plan, pipeline.Revision.Folder), null) : (null, $"TRIG-024: the run could not be planned: {Errors(result.Diagnostics)}");
    }

    public static string Errors(IReadOnlyList<Diagnostic> diagnostics)
    {
        List<Diagnostic> errors = [.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)];
        string first = string.Join("; ", errors.Take(3).Select(d => $"{d.Code} {d.Message} ({d.Path})"));
        return errors.Count > 3 ? $"{first}; and {errors.Count - 3} more" : first;
    }
}
