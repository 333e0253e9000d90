using System.Net;
using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Connection;

/// <summary>Turns problem details into what the command line prints and exits with.</summary>
internal static class ProblemReader
{
    public static async Task<CliException> ReadAsync(HttpResponseMessage response, string address, CancellationToken cancel)
    {
        int exit = response.StatusCode switch
        {
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity => ExitCode.Usage,
            >= HttpStatusCode.InternalServerError => ExitCode.Unreachable,
            _ => ExitCode.Failed,
        };
        string text = await response.Content.ReadAsStringAsync(cancel);
        try
        {
            Details? details = JsonSerializer.Deserialize<Details>(text, JsonSetup.ClientOptions);
            if (details?.Code is not null)
                return new CliException(details.Code, WordsOf(details), HintOf(details), exit);
        }
        catch (JsonException)
        {
            // Not ours: a proxy or another program answered. What it said is told below.
        }
        return new CliException("CLI-004", $"{address} answered {(int)response.StatusCode} {response.ReasonPhrase}, and not as this platform does.",
            "Check --server and MLP_SERVER.", ExitCode.Unreachable);
    }

    private static string WordsOf(Details details)
    {
        if (details.Diagnostics is not { Count: > 0 } diagnostics)
            return details.Detail ?? details.Title ?? "The request was refused.";
        // The detail repeats the first of them, for those who read nothing else.
        string detail = (details.Detail ?? "").Split(": ")[0] + ":";
        return string.Join(Environment.NewLine, [detail, .. diagnostics]);
    }

    private static string? HintOf(Details details) => details.Diagnostics is { Count: > 0 } ? null : details.Hint;

    private sealed record Details(string? Code, string? Title, string? Detail, string? Hint, List<Diagnostic>? Diagnostics);
}
