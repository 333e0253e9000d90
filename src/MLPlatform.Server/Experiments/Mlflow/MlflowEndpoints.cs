using MLPlatform.Core.Activities;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Storage;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary>
/// The tracking API of MLflow, so that its clients work unchanged. Its contract is MLflow's own, so the platform's OpenAPI
/// document leaves it out.
/// </summary>
internal static partial class MlflowEndpoints
{
    private static readonly string[] Roots = ["/api/2.0", "/ajax-api/2.0", "/api/3.0", "/ajax-api/3.0"];

    public static IServiceCollection AddExperiments(this IServiceCollection services) =>
        services.AddSingleton<TrackedFiles>().AddSingleton<RunScope>().AddSingleton<ComparisonDesk>().AddSingleton<IAttemptVariables, TrackingVariables>();

    public static void MapMlflow(this IEndpointRouteBuilder app)
    {
        foreach (string root in Roots)
        {
            RouteGroupBuilder group = app.MapGroup(root).ExcludeFromDescription();
            foreach (MlflowRoute route in (MlflowRoute[])[.. ExperimentCalls.Routes, .. RunCalls.Routes, .. MetricCalls.Routes, .. FileCalls.Routes, .. RegistryCalls.Routes, .. LoggedModelCalls.Routes])
            {
                group.MapMethods(route.Path, [route.Method], context => AnswerAsync(context, route))
                    .RequireAuthorization(route.Writes ? Permissions.Track : Permissions.ReadTracked)
                    .WithMetadata(new DisableRequestSizeLimit(route.IsFile));
            }
            // Clients try newer addresses first and go back to older ones on this code alone.
            group.MapMethods(MlflowRoute.Elsewhere, ["GET", "POST", "PUT", "PATCH", "DELETE"], (HttpContext context) => (IResult)new MlflowError(404, "ENDPOINT_NOT_FOUND",
                $"API-001: There is nothing at {context.Request.Method} {context.Request.Path}; docs/experiments.md tells what is spoken.")).RequireAuthorization(Permissions.ReadTracked);
        }
        app.MapGet("/health", () => "OK").ExcludeFromDescription().AllowAnonymous(); // What clients ask whether a server is there.
        app.MapGet("/version", () => "2.22.0").ExcludeFromDescription().AllowAnonymous(); // What clients take as the version of the protocol.
    }

    /// <summary>Whether errors at the path are told in the protocol's own way.</summary>
    public static bool Owns(PathString path) => Roots.Any(root => path.StartsWithSegments(root));

    private static async Task AnswerAsync(HttpContext context, MlflowRoute route)
    {
        IResult answer;
        try
        {
            MlflowCall call = route.IsFile ? new MlflowCall(context, default) : await MlflowCall.ReadAsync(context);
            answer = await route.Answer(call);
        }
        catch (Exception error) when (error is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
        {
            answer = ErrorOf(error, context);
        }
        await answer.ExecuteAsync(context);
    }

    private static MlflowError ErrorOf(Exception error, HttpContext context)
    {
        switch (error)
        {
            case TrackingException refused:
                return MlflowError.Of(refused);
            case ActivityException { Kind: FailureKind.User } refused:
                return MlflowError.Invalid($"{refused.Code}: {refused.Message}");
            case BadHttpRequestException { StatusCode: 413 }:
                return new MlflowError(413, "BAD_REQUEST", "TRACK-006: The request body is too large; the limit is the setting Server:MaxRequestBytes. Send less at once.");
            case BadHttpRequestException bad:
                return new MlflowError(bad.StatusCode, "BAD_REQUEST", $"TRACK-012: {bad.Message}");
        }
        ILogger log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("MLPlatform.Server.Experiments");
        if (StorageTrouble.Of(error) is { } why)
        {
            LogStore(log, context.Request.Method, context.Request.Path, why);
            return new MlflowError(503, "TEMPORARILY_UNAVAILABLE", $"API-014: The store cannot be used: {why}. What was acknowledged is safe; ask again.");
        }
        LogUnhandled(log, context.Request.Method, context.Request.Path, error);
        return new MlflowError(500, "INTERNAL_ERROR", "API-500: The server failed to answer this request; its log tells the cause.");
    }

    [LoggerMessage(5301, LogLevel.Error, "API-014 {Method} {Path} failed because the store cannot be used: {Why}")]
    private static partial void LogStore(ILogger log, string method, string path, string why);

    [LoggerMessage(5302, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogUnhandled(ILogger log, string method, string path, Exception error);

    /// <summary>Files are streamed to the disk, so only other bodies are held to the server's limit.</summary>
    private sealed record DisableRequestSizeLimit(bool IsFile) : Microsoft.AspNetCore.Http.Metadata.IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => IsFile ? null : 16 << 20;
    }
}

/// <summary>One address of the protocol.</summary>
/// <param name="Writes">Whether it changes anything.</param>
/// <param name="IsFile">Whether its body is a file.</param>
internal sealed record MlflowRoute(string Method, string Path, bool Writes, Func<MlflowCall, Task<IResult>> Answer, bool IsFile = false)
{
    /// <summary>Whatever else is asked for.</summary>
    public const string Elsewhere = "/mlflow/{**rest}";

    public static MlflowRoute Get(string path, Func<MlflowCall, Task<IResult>> answer) => new("GET", "/mlflow" + path, false, answer);

    /// <summary>A POST that only asks.</summary>
    public static MlflowRoute Ask(string path, Func<MlflowCall, Task<IResult>> answer) => new("POST", "/mlflow" + path, false, answer);

    public static MlflowRoute Post(string path, Func<MlflowCall, Task<IResult>> answer) => new("POST", "/mlflow" + path, true, answer);

    public static MlflowRoute Patch(string path, Func<MlflowCall, Task<IResult>> answer) => new("PATCH", "/mlflow" + path, true, answer);

    public static MlflowRoute Delete(string path, Func<MlflowCall, Task<IResult>> answer) => new("DELETE", "/mlflow" + path, true, answer);

    /// <summary>What this platform does not do.</summary>
    public static Task<IResult> NotOffered(string what) => throw new TrackingException(TrackingRefusal.NotOffered, "TRACK-013", what);
}
