using System.Security.Claims;
using MLPlatform.Core.Access;

namespace MLPlatform.Server.Access;

/// <summary>Where tokens are required and there is none yet, makes one for an admin and shows it once.</summary>
internal static class FirstToken
{
    private static readonly ClaimsPrincipal Server = new(new ClaimsIdentity([new Claim(ClaimTypes.Name, "server")]));

    /// <summary>The new secret, or null if nothing had to be made.</summary>
    public static async Task<string?> EnsureAsync(AuthMode mode, IAccessStore store, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (!mode.Required || (await store.ListTokensAsync(cancel)).Any(t => t is { Role: Role.Admin, RevokedAt: null }))
            return null;
        string secret = TokenSecret.Create();
        string name = $"admin-{time.GetUtcNow():yyyyMMddHHmmss}";
        await store.AddTokenAsync(name, TokenSecret.Hash(secret), Role.Admin, time.GetUtcNow(), cancel);
        await audit.WriteAsync(Server, "token.create", name, new { role = Permissions.Of(Role.Admin) }, cancel);
        return secret;
    }
}
