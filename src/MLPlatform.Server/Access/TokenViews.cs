using System.Text.Json;
using MLPlatform.Core.Access;
using MLPlatform.Server.Describe;

namespace MLPlatform.Server.Access;

/// <summary>A token to make.</summary>
/// <param name="Name">Whose it is or what it is for; the audit trail shows it.</param>
public sealed record NewToken(string Name, Role Role);

/// <summary>A token just made.</summary>
/// <param name="Token">The secret; it is not kept and cannot be shown again.</param>
public sealed record NewTokenView(string Name, Role Role, string Token);

/// <summary>A token without its secret.</summary>
public sealed record TokenView(string Name, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt)
{
    internal static TokenView From(ApiToken token) => new(token.Name, token.Role, token.CreatedAt, token.RevokedAt);
}

/// <summary>Who asks.</summary>
/// <param name="Name">The token's name, or <c>local</c> where no tokens are asked for.</param>
public sealed record MeView(string Name, Role Role);

/// <summary>One change.</summary>
/// <param name="By">The token's name, or <c>local</c> where no tokens are asked for.</param>
/// <param name="Action">A noun and a verb: <c>run.cancel</c>.</param>
public sealed record AuditView(long Id, DateTimeOffset At, string By, string Action, string Subject, JsonElement? Detail)
{
    internal static AuditView From(AuditEntry entry) =>
        new(entry.Id, entry.At, entry.By, entry.Action, entry.Subject, RawJson.Read(entry.DetailJson));
}
