using System.CommandLine;

namespace MLPlatform.Cli;

/// <summary>Options that every command takes, and what they mean.</summary>
internal static class GlobalOptions
{
    public static Option<string?> Server { get; } = new("--server")
    {
        Description = "Address of a server, such as http://127.0.0.1:5080. Default: MLP_SERVER, else the one that runs in the home folder.",
        HelpName = "URL",
        Recursive = true,
    };

    public static Option<string?> Token { get; } = new("--token")
    {
        Description = "API token. Better: the environment variable MLP_TOKEN, which other users of this machine cannot see.",
        HelpName = "TOKEN",
        Recursive = true,
    };

    public static Option<string?> Home { get; } = new("--home")
    {
        Description = "Folder that holds the platform's state. Default: MLP_HOME, else .mlp in the current folder.",
        HelpName = "FOLDER",
        Recursive = true,
    };

    /// <summary>A fresh <c>--json</c>: reading commands take it one by one.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON." };

    public static string? ServerOf(ParseResult parsed) =>
        parsed.GetValue(Server) ?? NotEmpty(Environment.GetEnvironmentVariable("MLP_SERVER"));

    public static string? TokenOf(ParseResult parsed) =>
        parsed.GetValue(Token) ?? NotEmpty(Environment.GetEnvironmentVariable("MLP_TOKEN"));

    /// <summary>The home folder as an absolute path; it may not exist yet.</summary>
    public static string HomeOf(ParseResult parsed) => Path.GetFullPath(
        parsed.GetValue(Home) ?? NotEmpty(Environment.GetEnvironmentVariable("MLP_HOME")) ?? ".mlp");

    private static string? NotEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
