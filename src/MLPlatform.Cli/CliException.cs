namespace MLPlatform.Cli;

/// <summary>Something a person can act on; printed without a stack trace.</summary>
/// <param name="code">A code from docs/diagnostics, for example <c>CLI-003</c>.</param>
/// <param name="exit">One of <see cref="ExitCode"/>.</param>
internal sealed class CliException(string code, string message, string? hint, int exit) : Exception(message)
{
    public string Code { get; } = code;

    public string? Hint { get; } = hint;

    public int Exit { get; } = exit;

    public static CliException Usage(string code, string message, string? hint = null) => new(code, message, hint, ExitCode.Usage);
}
