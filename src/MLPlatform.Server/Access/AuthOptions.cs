namespace MLPlatform.Server.Access;

/// <summary>Who may use the API.</summary>
public sealed class AuthOptions
{
    /// <summary>
    /// Whether every request needs a token. Default: false. Whatever it says, tokens are required as soon as the server
    /// listens on more than the loopback address.
    /// </summary>
    public bool Required { get; set; }
}

/// <summary>Whether this server asks for tokens; decided once, at start.</summary>
internal sealed record AuthMode(bool Required);
