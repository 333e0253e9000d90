using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary>The argument that names a run.</summary>
internal static class RunArgument
{
    private const int LeastCharacters = 4;

    public static Argument<string> Run { get; } = new("RUN") { Description = "A run's id, the beginning or end of one, or 'last'." };

    /// <summary>The run's full id; one given in full need not exist.</summary>
    public static async Task<Guid> ResolveAsync(ParseResult parsed, PlatformClient client, CancellationToken cancel)
    {
        string text = parsed.GetValue(Run)!;
        if (Guid.TryParse(text, out Guid id))
            return id;
        PageView<RunView> recent = await client.GetAsync<PageView<RunView>>("api/v1/runs?limit=500", cancel);
        if (text == "last")
            return recent.Items.Count > 0 ? recent.Items[0].Id : throw CliException.Usage("CLI-012", "There is no run yet.");
        List<Guid> found = text.Length < LeastCharacters ? [] : [.. recent.Items.Select(r => r.Id)
            .Where(r => r.ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase) || r.ToString().EndsWith(text, StringComparison.OrdinalIgnoreCase))];
        return found.Count switch
        {
            1 => found[0],
            0 => throw CliException.Usage("CLI-012", $"'{text}' is not a run.", "'mlp runs list' shows the runs there are."),
            _ => throw CliException.Usage("CLI-012", $"'{text}' fits {found.Count} runs.", "Give more of the id; its end tells runs apart best."),
        };
    }
}
