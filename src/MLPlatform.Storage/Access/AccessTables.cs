using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Access;

internal sealed class ApiTokenTable
{
    public required string Name { get; init; }
    public required string SecretHash { get; init; }
    public required string Role { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
}

internal sealed class AuditTable
{
    public long Id { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string By { get; init; }
    public required string Action { get; init; }
    public required string Subject { get; init; }
    public string? DetailJson { get; init; }
}

internal sealed class IdempotencyTable
{
    public required string Key { get; init; }
    public required string AnswerJson { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class AccessSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<ApiTokenTable>(t =>
        {
            t.ToTable("api_tokens").HasKey(a => a.Name);
            t.HasIndex(a => a.SecretHash).IsUnique();
        });
        model.Entity<AuditTable>().ToTable("audit").HasKey(a => a.Id);
        model.Entity<IdempotencyTable>().ToTable("idempotency").HasKey(i => i.Key);
    }
}
