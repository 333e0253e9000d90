using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Access;
using MLPlatform.Server.Elsa.Instances;
using MLPlatform.Server.Experiments;
using MLPlatform.Server.Experiments.Mlflow;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Access;

/// <summary>
/// Reads <c>Authorization: Bearer …</c>, or <c>Basic</c> with the token as password. Where tokens are not required, everyone is the admin named <c>local</c>. A token is
/// looked up by its SHA-256, so no comparison of secrets takes a time that depends on them.
/// </summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AuthMode mode)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Token";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (header.Length == 0 && Request.Path == InstanceHub.Path && Request.Query["access_token"].ToString() is { Length: > 0 } asked)
            header = "Bearer " + asked; // A browser's WebSocket carries no header.
        string? secret = SecretOf(header);
        // An attempt is known by its token everywhere, so that it reaches no further than its own run.
        if (secret?.StartsWith(AttemptTokens.Prefix, StringComparison.Ordinal) == true)
            return await Context.RequestServices.GetRequiredService<AttemptTokens>().FindAsync(secret, Context.RequestAborted) is { } attempt
                ? Succeed($"attempt {attempt}", Permissions.Attempt, new Claim(Users.AttemptClaim, attempt.ToString()))
                : AuthenticateResult.Fail("not the token of an attempt that runs");
        if (!mode.Required)
            return Succeed("local", Permissions.Of(Role.Admin));
        if (header.Length == 0)
            return AuthenticateResult.NoResult();
        if (secret is null)
            return AuthenticateResult.Fail("neither a bearer token nor a password");
        IAccessStore store = Context.RequestServices.GetRequiredService<IAccessStore>();
        ApiToken? token = await store.FindTokenAsync(TokenSecret.Hash(secret), Context.RequestAborted);
        return token is null or { RevokedAt: not null }
            ? AuthenticateResult.Fail("unknown or revoked token")
            : Succeed(token.Name, Permissions.Of(token.Role));
    }

    /// <summary>The token of <c>Bearer TOKEN</c>, or the password of <c>Basic</c>, as tracking clients send it; the name beside it says nothing.</summary>
    private static string? SecretOf(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return header["Bearer ".Length..].Trim();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return null;
        Span<byte> pair = new byte[header.Length];
        return Convert.TryFromBase64String(header["Basic ".Length..].Trim(), pair, out int length)
            && System.Text.Encoding.UTF8.GetString(pair[..length]).Split(':', 2) is [_, string password] ? password : null;
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        bool sent = Request.Headers.ContainsKey("Authorization");
        if (MlflowEndpoints.Owns(Request.Path))
            return new MlflowError(401, "UNAUTHENTICATED", sent
                ? "API-005: The token is unknown, was revoked, or belongs to an attempt that has ended."
                : "API-005: This server asks for a token: set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_PASSWORD.").ExecuteAsync(Context);
        return Problem.Of(401, "API-005",
            sent ? "The token is unknown or was revoked." : "This server asks for a token.",
            "Send the header 'Authorization: Bearer TOKEN'; an admin makes tokens with 'mlp tokens create'.").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => MlflowEndpoints.Owns(Request.Path)
        ? new MlflowError(403, "PERMISSION_DENIED", $"API-006: The token '{Context.User.Identity?.Name}' has the role {RoleOf(Context.User)}, which does not allow this.").ExecuteAsync(Context)
        : Problem.Of(403, "API-006", $"The token '{Context.User.Identity?.Name}' has the role {RoleOf(Context.User)}, which does not allow this.",
            "Ask an admin for a token with a higher role.").ExecuteAsync(Context);

    private static string RoleOf(ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.Role) ?? "none";

    private static AuthenticateResult Succeed(string name, string role, params Claim[] more)
    {
        ClaimsIdentity identity = new([new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, role), .. more], Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name));
    }
}
