using MLPlatform.Core.Access;
using MLPlatform.Core.Activities;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Access;

internal sealed class AccessStore(Database database) : IAccessStore
{
    private const string TokenColumns = "SELECT name, role, created_at, revoked_at FROM api_tokens";

    public async Task AddTokenAsync(string name, string secretHash, Role role, DateTimeOffset at, CancellationToken cancel)
    {
        int added = await database.ExecuteAsync(
            "INSERT INTO api_tokens (name, secret_hash, role, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            [name, secretHash, StoredText.CamelCase(role), at], cancel);
        if (added == 0)
            throw new ActivityException("STORE-007", $"There is already a token named '{name}', or one with this secret; revoked names stay taken. Choose another name.");
    }

    public Task<ApiToken?> FindTokenAsync(string secretHash, CancellationToken cancel) =>
        database.FirstAsync(TokenColumns + " WHERE secret_hash = $1 AND revoked_at IS NULL", [secretHash], ToToken, cancel);

    public async Task<IReadOnlyList<ApiToken>> ListTokensAsync(CancellationToken cancel) =>
        await database.ListAsync(TokenColumns + " ORDER BY name", [], ToToken, cancel);

    public async Task<bool> RevokeTokenAsync(string name, DateTimeOffset at, CancellationToken cancel) =>
        await database.ExecuteAsync("UPDATE api_tokens SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL", [name, at], cancel) == 1;

    public Task AuditAsync(AuditEntry entry, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO audit (at, by, action, subject, detail_json) VALUES ($1, $2, $3, $4, $5)",
        [entry.At, entry.By, entry.Action, entry.Subject, entry.DetailJson], cancel);

    public async Task<IReadOnlyList<AuditEntry>> ListAuditAsync(long? before, int limit, CancellationToken cancel) => await database.ListAsync(
        "SELECT id, at, by, action, subject, detail_json FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2", [before ?? long.MaxValue, limit],
        row => new AuditEntry(row.Long(0), row.Time(1), row.Text(2), row.Text(3), row.Text(4), row.TextOrNull(5)), cancel);

    public Task<string?> FindIdempotentAsync(string key, CancellationToken cancel) =>
        database.ScalarAsync<string>("SELECT answer_json FROM idempotency WHERE key = $1", [key], cancel);

    public async Task<bool> PutIdempotentAsync(string key, string answerJson, DateTimeOffset at, CancellationToken cancel) =>
        await database.ExecuteAsync(
            "INSERT INTO idempotency (key, answer_json, at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING", [key, answerJson, at], cancel) == 1;

    private static ApiToken ToToken(SqlRow row) => new(row.Text(0), StoredText.Parse<Role>(row.Text(1)), row.Time(2), row.TimeOrNull(3));
}
