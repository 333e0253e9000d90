namespace MLPlatform.Cli;

/// <summary>What <c>mlp</c> tells the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The run failed or was cancelled, or the platform refused what was asked.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage, or a file that is not right.</summary>
    public const int Usage = 2;

    /// <summary>The platform could not be reached, or another process holds the home folder.</summary>
    public const int Unreachable = 3;
}
