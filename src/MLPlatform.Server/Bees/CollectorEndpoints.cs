using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>Where agents and programs send records. An answer means that what it says is on disk.</summary>
internal static class CollectorEndpoints
{
    public static void MapCollector(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder bees = app.MapGroup("/api/v1/bees").WithTags("Bees").RequireAuthorization(Permissions.Edit);
        bees.MapPost("/batches", SendBatches).WithName(nameof(SendBatches)).Accepts<byte[]>(BatchFormat.MediaType)
            .WithSummary("Keep batches of records: frames one after another, perhaps compressed. Answers for each once it is on disk.")
            .ProducesProblem(400).ProducesProblem(413).ProducesProblem(507).ProducesProblem(503);
        bees.MapPost("/sources/{source}/lines", SendLines).WithName(nameof(SendLines)).Accepts<byte[]>("text/plain")
            .WithSummary("Keep lines of text as records of a channel. With a position, sending them again changes nothing.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(507).ProducesProblem(503);
    }

    private static async Task<Results<Ok<CollectorAnswer>, ProblemHttpResult>> SendBatches(
        HttpRequest request, Collector collector, IOptions<BeesOptions> options, CancellationToken cancel)
    {
        (ReadOnlyMemory<byte> body, string? unreadable) = await BodyReader.ReadAsync(request, options.Value.RequestBytes, cancel);
        if (unreadable is not null)
            return Problem.Of(400, "BEES-056", unreadable);
        (List<Batch> batches, string? code, string? problem) = Collector.Read(body);
        if (problem is not null)
            return Problem.Of(400, code!, problem);
        try
        {
            return TypedResults.Ok(await collector.KeepAsync(batches, cancel));
        }
        catch (ActivityException refused)
        {
            return Refused(refused);
        }
    }

    private static async Task<Results<Ok<BatchAnswer>, ProblemHttpResult>> SendLines(
        string source, HttpRequest request, ClaimsPrincipal user, Collector collector, LandingLogs logs, IOptions<BeesOptions> options, CancellationToken cancel,
        string channel = "lines", long? from = null)
    {
        if (channel.Length is 0 or > BatchHeader.LongestName || from < 0)
            return Problem.BadRequest($"channel must have 1 to {BatchHeader.LongestName} characters, and from must not be negative.");
        (ReadOnlyMemory<byte> body, string? unreadable) = await BodyReader.ReadAsync(request, options.Value.RequestBytes, cancel);
        if (unreadable is not null)
            return Problem.Of(400, "BEES-056", unreadable);
        try
        {
            if (await logs.FindAsync(source, cancel) is not { } log)
                return Problem.Of(404, "BEES-053", Collector.NoSource(source));
            BatchAnswer answer = await collector.KeepLinesAsync(log, "http." + Senders.Of(user.Name), channel, from, body, cancel);
            return answer.Outcome == BatchOutcome.Hole
                ? Problem.Conflict(answer.Code!, $"{answer.Message}.", $"Send from {answer.Durable} on.") : TypedResults.Ok(answer);
        }
        catch (ActivityException refused)
        {
            return Refused(refused);
        }
    }

    /// <summary>Trouble of the disk or of the place: whoever sent it tries again.</summary>
    public static ProblemHttpResult Refused(ActivityException refused) => Problem.Of(refused.Kind switch
    {
        FailureKind.Resource => 507,
        FailureKind.Infrastructure => 503,
        _ => 400,
    }, refused.Code, refused.Message);
}

/// <summary>A user's name as an agent's.</summary>
internal static class Senders
{
    public static string Of(string user) => string.Concat(user.Take(200).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_'));
}
