using Microsoft.AspNetCore.Http.HttpResults;

namespace MLPlatform.Server.Problems;

/// <summary>
/// Errors as RFC 9457 problem details: <c>type</c> is <c>urn:mlplatform:CODE</c>, <c>code</c> the bare code, <c>detail</c>
/// what happened, <c>hint</c> what to do. The codes are listed in docs/diagnostics/api.md.
/// </summary>
internal static class Problem
{
    public static ProblemHttpResult Of(
        int status, string code, string detail, string? hint = null, IEnumerable<KeyValuePair<string, object?>>? more = null)
    {
        Dictionary<string, object?> extensions = new() { ["code"] = code };
        if (hint is not null)
            extensions["hint"] = hint;
        foreach ((string key, object? value) in more ?? [])
            extensions[key] = value;
        return TypedResults.Problem(detail, statusCode: status, type: "urn:mlplatform:" + code, extensions: extensions);
    }

    /// <summary>404: the thing named in the address is not there.</summary>
    public static ProblemHttpResult NotFound(string what, string? hint = null) =>
        Of(StatusCodes.Status404NotFound, "API-004", $"There is no {what}.", hint);

    /// <summary>400: a value of the request cannot be used.</summary>
    public static ProblemHttpResult BadRequest(string detail, string? hint = null) =>
        Of(StatusCodes.Status400BadRequest, "API-003", detail, hint);

    /// <summary>409: the state of the thing does not allow it.</summary>
    public static ProblemHttpResult Conflict(string code, string detail, string? hint = null) =>
        Of(StatusCodes.Status409Conflict, code, detail, hint);
}
