using MLPlatform.Core.Experiments;

namespace MLPlatform.Server.Experiments.Mlflow;

/// <summary>An error as tracking clients read it: <c>{"error_code":"…","message":"…"}</c>. They retry on 408, 429 and what begins with 5, so only what may pass gets such a status.</summary>
internal sealed record MlflowError(int Status, string ErrorCode, string Message) : IResult
{
    public static MlflowError Of(TrackingException refused) => refused.Refusal switch
    {
        TrackingRefusal.Exists => new(400, "RESOURCE_ALREADY_EXISTS", refused.Message),
        TrackingRefusal.Missing => new(404, "RESOURCE_DOES_NOT_EXIST", refused.Message),
        TrackingRefusal.Forbidden => new(403, "PERMISSION_DENIED", refused.Message),
        TrackingRefusal.NotOffered => new(501, "NOT_IMPLEMENTED", refused.Message),
        _ => Invalid(refused.Message),
    };

    public static MlflowError Invalid(string message) => new(400, "INVALID_PARAMETER_VALUE", message);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Status;
        return httpContext.Response.WriteAsJsonAsync(new Body(ErrorCode, Message), httpContext.RequestAborted);
    }

    private sealed record Body([property: System.Text.Json.Serialization.JsonPropertyName("error_code")] string ErrorCode, string Message);
}
