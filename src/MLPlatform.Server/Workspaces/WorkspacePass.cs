using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Access;
using MLPlatform.Core.Workspaces;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Workspaces;

/// <summary>
/// How a browser, which cannot send a token with a page, gets into a workspace where tokens are asked for: a ticket in the address that
/// counts once and for a minute, and then a cookie for this one workspace. Both name the token they stand for and end with it.
/// </summary>
internal sealed class WorkspacePass(HostSettings settings, IAccessStore access, TimeProvider time)
{
    public const string Parameter = "ticket";
    public const string Cookie = "mlp_workspace";
    public static readonly TimeSpan CookieLife = TimeSpan.FromHours(12);
    private static readonly TimeSpan TicketLife = TimeSpan.FromMinutes(1);
    private readonly Lazy<byte[]> _key = new(() => HomeKey.Read(Path.Combine(settings.Home, "workspaces.key"), "people then have to open their workspaces again"));
    private readonly ConcurrentDictionary<string, long> _spent = new();

    /// <param name="For">Ticket or cookie; one never passes for the other.</param>
    private sealed record Pass(string For, Guid Workspace, string Token, string Role, long Until, string Nonce);

    public string Ticket(WorkspaceId id, ClaimsPrincipal user) => Seal(new Pass(Parameter, id.Value, user.Identity?.Name ?? "", RoleOf(user), Until(TicketLife), Nonce()));

    /// <summary>The cookie that a ticket is exchanged for; null where the ticket is forged, over, spent, or of another workspace.</summary>
    public async Task<string?> ExchangeAsync(WorkspaceId id, string ticket, CancellationToken cancel)
    {
        if (Open(id, ticket, Parameter) is not { } pass || !await CountsAsync(pass, cancel) || !_spent.TryAdd(pass.Nonce, pass.Until))
            return null;
        foreach ((string nonce, long until) in _spent)
            if (until < time.GetUtcNow().ToUnixTimeSeconds())
                _spent.TryRemove(nonce, out _);
        return Seal(pass with { For = Cookie, Until = Until(CookieLife), Nonce = Nonce() });
    }

    /// <summary>Whose cookie it is; null where it does not count.</summary>
    public async Task<ClaimsPrincipal?> FindAsync(WorkspaceId id, string cookie, CancellationToken cancel) =>
        Open(id, cookie, Cookie) is { } pass && await CountsAsync(pass, cancel)
            ? new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, pass.Token), new Claim(ClaimTypes.Role, pass.Role)], Cookie)) : null;

    // A token's name is never given again, so it stands for the token.
    private async Task<bool> CountsAsync(Pass pass, CancellationToken cancel) =>
        (await access.ListTokensAsync(cancel)).Any(t => t.Name == pass.Token && t.RevokedAt is null);

    private Pass? Open(WorkspaceId id, string text, string wanted)
    {
        if (text.Split('.') is not [string payload, string signature]
            || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), Encoding.ASCII.GetBytes(Sign(payload))))
            return null;
        Pass? pass = JsonSerializer.Deserialize<Pass>(Convert.FromHexString(payload));
        return pass is not null && pass.For == wanted && pass.Workspace == id.Value && pass.Until >= time.GetUtcNow().ToUnixTimeSeconds() ? pass : null;
    }

    private string Seal(Pass pass)
    {
        string payload = Convert.ToHexStringLower(JsonSerializer.SerializeToUtf8Bytes(pass));
        return $"{payload}.{Sign(payload)}";
    }

    private string Sign(string payload) => Convert.ToHexStringLower(HMACSHA256.HashData(_key.Value, Encoding.ASCII.GetBytes("workspace " + payload)));

    private long Until(TimeSpan life) => (time.GetUtcNow() + life).ToUnixTimeSeconds();

    private static string RoleOf(ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.Role) ?? "";

    private static string Nonce() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
