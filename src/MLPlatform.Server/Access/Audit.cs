using System.Security.Claims;
using System.Text.Json;
using MLPlatform.Core.Access;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Access;

/// <summary>Writes who changed what. A row is written after the change took effect.</summary>
internal sealed class Audit(IAccessStore store, TimeProvider time)
{
    /// <param name="action">A noun and a verb: <c>run.cancel</c>.</param>
    /// <param name="detail">Facts worth keeping; never a secret.</param>
    public Task WriteAsync(ClaimsPrincipal user, string action, string subject, object? detail, CancellationToken cancel) =>
        store.AuditAsync(
            new AuditEntry(0, time.GetUtcNow(), user.Name, action, subject,
                detail is null ? null : JsonSerializer.Serialize(detail, JsonSerializerOptions.Web)),
            cancel);
}

internal static class Users
{
    public const string AttemptClaim = "attempt";

    extension(ClaimsPrincipal user)
    {
        /// <summary>The name of the token, or <c>local</c> where none is asked for.</summary>
        public string Name => user.Identity?.Name ?? "anonymous";

        /// <summary>The attempt that asks with its own token, or null for people.</summary>
        public AttemptId? Attempt => AttemptId.TryParse(user.FindFirstValue(AttemptClaim), out AttemptId attempt) ? attempt : null;
    }
}
