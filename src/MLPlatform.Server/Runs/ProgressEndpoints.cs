using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Runs;

/// <summary>How far running attempts are, as they say themselves.</summary>
internal static class ProgressEndpoints
{
    public static void MapProgress(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/runs/{id:guid}/progress", GetProgress).WithName(nameof(GetProgress)).WithTags("Runs")
            .RequireAuthorization(Permissions.View).WithSummary("How far running attempts are, as they say themselves.").ProducesProblem(404);

    private static async Task<Results<Ok<List<ProgressView>>, ProblemHttpResult>> GetProgress(
        Guid id, IRunStore store, HostSettings settings, TimeProvider time, CancellationToken cancel)
    {
        RunId run = new(id);
        if (await store.FindRunAsync(run, cancel) is null)
            return RunReading.NoRun(id);
        List<ProgressView> all = [];
        foreach (ActivityRow activity in await store.ListActivitiesAsync(run, cancel))
        {
            if (activity.Status == ActivityStatus.Running && Read(settings.Home, new AttemptId(run, activity.Node, activity.Attempts)) is { } progress)
            {
                AttemptRow? attempt = (await store.ListAttemptsAsync(run, activity.Node, cancel)).FirstOrDefault(a => a.Id.Number == activity.Attempts);
                all.Add(new ProgressView(activity.Name, progress.Fraction, progress.Message, SecondsLeft(attempt?.StartedAt, time.GetUtcNow(), progress.Fraction)));
            }
        }
        return TypedResults.Ok(all);
    }

    /// <summary>How long it takes if it goes on as it did so far; null where nobody can tell.</summary>
    internal static double? SecondsLeft(DateTimeOffset? started, DateTimeOffset now, double? fraction) =>
        started is { } from && fraction is > 0 and <= 1 && now > from ? Math.Round((now - from).TotalSeconds * (1 - fraction.Value) / fraction.Value, 1) : null;

    private static Progress? Read(string home, AttemptId attempt)
    {
        string file = Path.Combine(home, "attempts", attempt.ToString(), "progress.json");
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<Progress>(File.ReadAllBytes(file), JsonSerializerOptions.Web) : null;
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // The attempt writes it in its own way and time; half a file only means that the next look shows more.
            return null;
        }
    }

    private sealed record Progress(double? Fraction, string? Message);
}

/// <summary>How far an attempt is.</summary>
/// <param name="Fraction">From 0 to 1; absent where it does not say.</param>
/// <param name="SecondsLeft">If it goes on as it did so far; absent where it does not say how far it is.</param>
public sealed record ProgressView(string Activity, double? Fraction, string? Message, double? SecondsLeft);
