namespace MLPlatform.Core.Access;

/// <summary>What a token may do; each role includes the ones before it.</summary>
public enum Role
{
    Viewer,
    Editor,
    Admin,
}

/// <summary>API tokens, kept only as hashes, and the audit trail.</summary>
public interface IAccessStore
{
    /// <param name="secretHash">SHA-256 of the token, hexadecimal.</param>
    Task AddTokenAsync(string name, string secretHash, Role role, DateTimeOffset at, CancellationToken cancel);

    /// <summary>The token with this secret, or null; a revoked one is not found.</summary>
    Task<ApiToken?> FindTokenAsync(string secretHash, CancellationToken cancel);

    Task<IReadOnlyList<ApiToken>> ListTokensAsync(CancellationToken cancel);

    /// <summary>False if there is no such token.</summary>
    Task<bool> RevokeTokenAsync(string name, DateTimeOffset at, CancellationToken cancel);

    Task AuditAsync(AuditEntry entry, CancellationToken cancel);

    /// <summary>The audit trail, newest first.</summary>
    Task<IReadOnlyList<AuditEntry>> ListAuditAsync(long? before, int limit, CancellationToken cancel);

    /// <summary>The stored answer to an earlier write with the same idempotency key, or null.</summary>
    Task<string?> FindIdempotentAsync(string key, CancellationToken cancel);

    /// <summary>Keeps an answer under its key; false if the key is there already.</summary>
    Task<bool> PutIdempotentAsync(string key, string answerJson, DateTimeOffset at, CancellationToken cancel);
}

public sealed record ApiToken(string Name, Role Role, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt);

/// <param name="Action">A verb and a noun: <c>run.cancel</c>, <c>pipeline.apply</c>.</param>
/// <param name="Subject">What it was done to.</param>
/// <param name="DetailJson">Never holds a secret.</param>
public sealed record AuditEntry(long Id, DateTimeOffset At, string By, string Action, string Subject, string? DetailJson);
