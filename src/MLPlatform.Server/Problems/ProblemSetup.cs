using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Deployments;
using MLPlatform.Storage;

namespace MLPlatform.Server.Problems;

/// <summary>Turns everything that goes wrong outside the endpoints into problem details.</summary>
internal static partial class ProblemSetup
{
    public static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        return services.AddProblemDetails(o => o.CustomizeProblemDetails = context =>
        {
            context.ProblemDetails.Instance = context.HttpContext.Request.Path;
            context.ProblemDetails.Extensions["traceId"] = Activity.Current?.Id ?? context.HttpContext.TraceIdentifier;
        });
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = WriteExceptionAsync,
            SuppressDiagnosticsCallback = _ => true, // What is worth a line in the log is written below, once.
        });
        app.UseStatusCodePages(context => WriteStatusAsync(context.HttpContext));
    }

    private static Task WriteStatusAsync(HttpContext context) => TellAsync(context, context.Response.StatusCode switch
    {
        404 => Problem.Of(404, "API-001", $"There is nothing at {context.Request.Method} {context.Request.Path}.", "/docs lists every address."),
        405 => Problem.Of(405, "API-002", $"{context.Request.Path} does not take {context.Request.Method}.",
            $"It takes {context.Response.Headers.Allow}."),
        413 => Problem.Of(413, "API-009", "The request body is too large.", "The limit is the setting Server:MaxRequestBytes."),
        415 => Problem.Of(415, "API-008", "The request body must be application/json."),
        400 when context.Request.QueryString.HasValue => Problem.Of(400, "API-003",
            $"A value in the query {context.Request.QueryString} cannot be read.", "/docs shows what each takes."),
        int status => Problem.Of(status, "API-003", $"The request was refused with status {status}."),
    });

    private static Task WriteExceptionAsync(HttpContext context)
    {
        Exception? error = context.Features.Get<IExceptionHandlerFeature>()?.Error;
        if (error is BadHttpRequestException bad)
            return TellAsync(context, OfBadRequest(bad));

        if (error is ActivityException { Kind: FailureKind.User } refused)
            return TellAsync(context, Problem.Of(400, refused.Code, refused.Message));
        if (error is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            return Task.CompletedTask; // Nobody waits for the answer.

        ILogger log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("MLPlatform.Server.Problems");
        if (StorageTrouble.Of(error) is { } why)
        {
            LogStore(log, context.Request.Method, context.Request.Path, why);
            return TellAsync(context, Problem.Of(503, "API-014", $"The store cannot be used: {why}",
                "Free disk space, or bring the database back, then ask again; what was acknowledged is safe."));
        }
        if (error is EngineStoppedException or LeaseLostException or JournalConflictException)
            return TellAsync(context, Problem.Of(503, "API-014", $"This cannot be acknowledged: {error.Message}.", "Ask again in a moment; what was acknowledged is safe."));
        if (error is not null)
            LogUnhandled(log, context.Request.Method, context.Request.Path, error);
        return TellAsync(context, Problem.Of(500, "API-500", "The server failed to answer this request; it goes on running.",
            "The server's log holds the cause under the traceId of this answer."));
    }

    private static ProblemHttpResult OfBadRequest(BadHttpRequestException bad) => bad switch
    {
        { StatusCode: 413 } => Problem.Of(413, "API-009", "The request body is too large.", "The limit is the setting Server:MaxRequestBytes."),
        { StatusCode: 415 } => Problem.Of(415, "API-008", "The request body must be application/json.", "Send the header Content-Type: application/json."),
        { InnerException: JsonException json } => Problem.Of(bad.StatusCode, "API-003",
            $"The request body cannot be read: {JsonTrouble.Words(json)}", "/docs shows the body that is expected."),
        _ => Problem.Of(bad.StatusCode, "API-003", bad.Message, "/docs shows what is expected."),
    };

    // Clients of the Open Inference Protocol read errors in its own form.
    private static Task TellAsync(HttpContext context, ProblemHttpResult problem) => context.Request.Path.StartsWithSegments("/v2")
        ? TypedResults.Json(new InferenceError($"{problem.ProblemDetails.Extensions["code"]} {problem.ProblemDetails.Detail}"), statusCode: problem.StatusCode).ExecuteAsync(context)
        : problem.ExecuteAsync(context);

    [LoggerMessage(5002, LogLevel.Error, "API-014 {Method} {Path} failed because the store cannot be used: {Why}")]
    private static partial void LogStore(ILogger log, string method, string path, string why);

    [LoggerMessage(5001, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogUnhandled(ILogger log, string method, string path, Exception error);
}
