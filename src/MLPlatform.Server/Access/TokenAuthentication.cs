using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Access;

/// <summary>
/// Reads <c>Authorization: Bearer …</c>. Where tokens are not required, everyone is the admin named <c>local</c>. A token is
/// looked up by its SHA-256, so no comparison of secrets takes a time that depends on them.
/// </summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AuthMode mode)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string Name = "Token";
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!mode.Required)
            return Succeed("local", Role.Admin);
        string header = Request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return AuthenticateResult.NoResult();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.Fail("not a bearer token");
        IAccessStore store = Context.RequestServices.GetRequiredService<IAccessStore>();
        ApiToken? token = await store.FindTokenAsync(TokenSecret.Hash(header[Prefix.Length..].Trim()), Context.RequestAborted);
        return token is null or { RevokedAt: not null }
            ? AuthenticateResult.Fail("unknown or revoked token")
            : Succeed(token.Name, token.Role);
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        bool sent = Request.Headers.ContainsKey("Authorization");
        return Problem.Of(401, "API-005",
            sent ? "The token is unknown or was revoked." : "This server asks for a token.",
            "Send the header 'Authorization: Bearer TOKEN'; an admin makes tokens with 'mlp tokens create'.").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problem.Of(403, "API-006", $"The token '{Context.User.Identity?.Name}' has the role {RoleOf(Context.User)}, which does not allow this.",
            "Ask an admin for a token with a higher role.").ExecuteAsync(Context);

    private static string RoleOf(ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.Role) ?? "none";

    private static AuthenticateResult Succeed(string name, Role role)
    {
        ClaimsIdentity identity = new(
            [new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, Permissions.Of(role))], Name);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Name));
    }
}
