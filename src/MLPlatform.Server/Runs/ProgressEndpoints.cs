using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Runs;

/// <summary>How running attempts are doing.</summary>
internal static class ProgressEndpoints
{
    public static void MapProgress(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/runs/{id:guid}/progress", GetProgress).WithName(nameof(GetProgress)).WithTags("Runs")
            .RequireAuthorization(Permissions.View).WithSummary("How far a run and its running attempts are, what they use and report, and how long it will take.").ProducesProblem(404);

    private static async Task<Results<Ok<RunProgress>, ProblemHttpResult>> GetProgress(Guid id, LiveDesk desk, CancellationToken cancel) =>
        await desk.OfAsync(new RunId(id), cancel) is { } progress ? TypedResults.Ok(progress) : RunReading.NoRun(id);
}

/// <summary>How a run is doing.</summary>
/// <param name="SecondsLeft">How long it will take; absent where nobody can tell, and once it has ended.</param>
/// <param name="Basis">What that is told from: earlier runs of the pipeline, or what its running activities tell.</param>
/// <param name="Activities">Those that run; the first 50.</param>
public sealed record RunProgress(double? SecondsLeft, ForecastBasis? Basis, IReadOnlyList<ProgressView> Activities);

/// <summary>How a running attempt is doing.</summary>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="Seconds">Since the attempt started.</param>
/// <param name="Fraction">How far it says it is, from 0 to 1; absent where it does not say.</param>
/// <param name="SecondsLeft">How long it will take; absent where nobody can tell.</param>
/// <param name="Basis">What that is told from.</param>
/// <param name="Usage">What its processes use; absent in its first second, and for steps inside the server.</param>
/// <param name="Metrics">The latest point of each metric, those that changed last first; at most 30.</param>
public sealed record ProgressView(
    string Activity, int Attempt, double Seconds, double? Fraction, string? Message, double? SecondsLeft, ForecastBasis? Basis, AttemptUsage? Usage,
    IReadOnlyList<LatestMetric> Metrics);

/// <summary>The latest point of a metric.</summary>
public sealed record LatestMetric(string Name, double Value, long Step);
